"""What must hold before requests are served."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from apps.core.db.session import PrivilegedLogin, refuse_privileged_login
from apps.core.errors import Unavailable


def database() -> None:
    """Check that the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")


def role() -> None:
    """Check that statements run as the app's role, from a login that can't step around row security.

    :raises PrivilegedLogin: if they don't
    """
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        (user,) = cursor.fetchone()
    if user != "tenon_app":
        raise PrivilegedLogin(f"Statements run as {user!r} and not as 'tenon_app'.")
    refuse_privileged_login(connection.connection)


def valkey() -> None:
    """Check that Valkey answers."""
    cache.get("readyz")


def migrations() -> None:
    """Check that every migration of this release is applied to the shared schema.

    :raises Unavailable: if one is not
    """
    loader = MigrationLoader(connection)
    if missing := loader.disk_migrations.keys() - loader.applied_migrations.keys():
        raise Unavailable(f"{len(missing)} migrations are not applied. Run manage.py migrate.")


#: What requests can do without for a while (docs/guides/degradation.md).
DISPENSABLE = frozenset({"valkey"})

CHECKS: dict[str, Callable[[], None]] = {
    "database": database,
    "role": role,
    "valkey": valkey,
    "migrations": migrations,
}
