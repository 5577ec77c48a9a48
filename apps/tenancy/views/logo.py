"""The workspace's logo: showing, setting and removing it."""

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core import permissions
from apps.core.errors import Invalid, NotFound
from apps.core.http.downloads import download
from apps.core.images import MOST_BYTES
from apps.tenancy.services.logo import logo_remove, logo_set

A_DAY = 24 * 60 * 60  # seconds; the address changes with the logo


@require_GET
def show(request: HttpRequest, workspace: str) -> FileResponse:
    """Hand the logo to a member."""
    key = request.membership.tenant.logo_key  # type: ignore[attr-defined]
    if not key:
        raise NotFound
    return download(key, filename="logo.webp", content_type="image/webp", inline=True, cached_for=A_DAY)


@require_POST
def change(request: HttpRequest, workspace: str) -> HttpResponse:
    """Take a picture as the logo."""
    permissions.require("workspace.manage")
    sent = request.FILES.get("image")
    try:
        # One byte more than we take is enough to be refused.
        logo_set(content=sent.read(MOST_BYTES + 1) if sent else b"")
    except Invalid as error:
        messages.error(request, " ".join(error.fields["image"]))
    else:
        messages.success(request, _("The workspace has its new logo."))
    return redirect("tenancy:settings", workspace)


@require_POST
def remove(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the initial again."""
    logo_remove()
    messages.success(request, _("The logo was removed."))
    return redirect("tenancy:settings", workspace)
