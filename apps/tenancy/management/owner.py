"""The owner's session for commands, with sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError
from django.db import OperationalError, connection

from apps.core.db.owner import as_owner


@contextmanager
def owner_session() -> Iterator[None]:
    """Act as the owner of the database for the block.

    :raises CommandError: if DATABASE_OWNER_URL is missing, or the database does not answer to it
    """
    with as_owner():
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(_explain(error)) from error
        yield


def _explain(error: OperationalError) -> str:
    host = settings.DATABASE_OWNER["HOST"]
    if host.endswith("."):  # no server's name, but the sentence that config.env put in its place
        return host.removeprefix("/")
    reason = str(error).strip().splitlines()[0].rstrip(".")
    return f"The database does not answer to its owner: {reason}. Check DATABASE_OWNER_URL."
