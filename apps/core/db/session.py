"""What the database login may be."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

LOGIN = """
    select session_user, login.rolsuper, login.rolbypassrls,
           exists (select from pg_roles owner where owner.rolname = 'tenon_owner'
                   and pg_has_role(session_user, owner.oid, 'member'))
    from pg_roles login where login.rolname = session_user
"""


class PrivilegedLogin(ImproperlyConfigured):
    """The login could step around row security, so we don't serve with it."""


def refuse_privileged_login(connection: Any) -> None:
    """Check a new psycopg connection: its login is neither superuser, nor exempt from row security, nor the owner.

    :raises PrivilegedLogin: if it is
    """
    user, is_superuser, bypasses, is_owner = connection.execute(LOGIN).fetchone()
    faults = {
        "is a superuser": is_superuser,
        "bypasses row security": bypasses,
        "owns the tables": is_owner and not is_superuser,
    }
    if found := [fault for fault, present in faults.items() if present]:
        raise PrivilegedLogin(
            f"The database login {user!r} {' and '.join(found)}, so tenants would not be kept apart. "
            "Point DATABASE_URL at the login `tenon` (deploy/postgres/roles.sql)."
        )
