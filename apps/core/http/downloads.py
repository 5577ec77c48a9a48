"""Handing out the files of tenants, from a view that has checked who asks."""

from django.http import FileResponse

from apps.core import storage

# What is opened from here runs nothing and loads nothing, whatever it is.
POLICY = "default-src 'none'; sandbox"


def download(
    key: str, *, filename: str, content_type: str, inline: bool = False, cached_for: int = 0
) -> FileResponse:
    """Return the file of a key of the tenant in scope.

    :param inline: shown by the browser instead of saved; only for what we made ourselves
    :param cached_for: seconds for which the person's own browser may keep it
    :raises NotFound: if there is no such file
    """
    response = FileResponse(
        storage.open(key), as_attachment=not inline, filename=filename, content_type=content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = (
        f"private, max-age={cached_for}, immutable" if cached_for else "private, no-store"
    )
    return response
