"""Permissions: strings that modules declare, roles that collect them, and the one question `allows`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.errors import NotAuthenticated, PermissionDenied

OWNER, ADMIN, MEMBER, VIEWER = "owner", "admin", "member", "viewer"

#: The built-in roles, most powerful first, with what to call them.
ROLES = {OWNER: _("Owner"), ADMIN: _("Admin"), MEMBER: _("Member"), VIEWER: _("Viewer")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a module lets people do. `roles` are the built-in roles that include it."""

    name: str
    label: Any
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grantor:
    """Somebody who can give a person in the workspace another role."""

    name: str
    email: str
    initials: str


_declared: dict[str, Permission] = {}
_grantor_finders: list[Callable[[], list[Grantor]]] = []
_member_finders: list[Callable[[], set[UUID]]] = []


def declare(name: str, label: Any, *, roles: Iterable[str]) -> None:
    """Declare a permission such as `radar.write`; call it from a module's `apps.py`."""
    _declared[name] = Permission(name=name, label=label, roles=frozenset(roles))


def declared() -> tuple[Permission, ...]:
    """Return every declared permission, by name."""
    return tuple(_declared[name] for name in sorted(_declared))


def permissions_of(role: str) -> frozenset[str]:
    """Return what a built-in role may do."""
    return frozenset(permission.name for permission in _declared.values() if role in permission.roles)


def roles_with(name: str) -> tuple[str, ...]:
    """Return the built-in roles that include a permission, most powerful first."""
    return tuple(role for role in ROLES if role in _declared[name].roles)


def name_grantors(finder: Callable[[], list[Grantor]]) -> None:
    """Have `finder` answer for `grantors`; the module that knows the members registers it."""
    _grantor_finders.append(finder)


def grantors() -> list[Grantor]:
    """Return who can give the actor in scope another role; nobody outside of a workspace."""
    return _grantor_finders[-1]() if scope.current().tenant_id else []


def name_members(finder: Callable[[], set[UUID]]) -> None:
    """Have `finder` answer for `member_ids`; the module that knows the members registers it."""
    _member_finders.append(finder)


def member_ids() -> set[UUID]:
    """Return the people who belong to the workspace in scope."""
    return _member_finders[-1]()


def allows(name: str) -> bool:
    """Tell whether the actor in scope has a permission.

    :raises KeyError: if no module declares it
    """
    return _declared[name].name in scope.current().permissions


def require(name: str) -> None:
    """Demand a permission.

    :raises NotAuthenticated: if nobody is signed in
    :raises PermissionDenied: if the actor in scope lacks it
    """
    if allows(name):
        return
    if scope.current().actor.kind in ("anonymous", "system"):
        raise NotAuthenticated
    raise PermissionDenied(permission=name)
