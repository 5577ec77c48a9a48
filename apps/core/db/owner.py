"""Acting as the owner of the database: for `migrate`, and for opening cells. Nothing else may."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from apps.core import scope


@contextmanager
def as_owner() -> Iterator[None]:
    """Log in as the owner (DATABASE_OWNER_URL) for the block, with row security lifted by `app.migrating`."""
    # Not the database's name: both addresses lead to the same one, and a test has its own.
    changed = {name: settings.DATABASE_OWNER[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
    before = {name: connection.settings_dict[name] for name in changed}
    connection.close()
    connection.settings_dict.update(changed)
    try:
        with scope.as_role("owner"):
            yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
