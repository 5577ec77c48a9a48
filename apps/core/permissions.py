"""Permissions: strings that modules declare, roles that collect them, and the one question `allows`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core import scope
from apps.core.errors import NotAuthenticated, PermissionDenied

OWNER, ADMIN, MEMBER, VIEWER = "owner", "admin", "member", "viewer"

#: The built-in roles, most powerful first, with what to call them.
ROLES = {OWNER: _("Owner"), ADMIN: _("Admin"), MEMBER: _("Member"), VIEWER: _("Viewer")}

#: What to call a role that is gone.
UNKNOWN = _("Unknown role")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a module lets people do. `roles` are the built-in roles that include it."""

    name: str
    label: Any
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A set of permissions under a name, built in or a workspace's own. `key` is what rows keep."""

    key: str
    name: Any
    permissions: frozenset[str]
    is_custom: bool = False

    @property
    def recorded(self) -> str:
        """What the audit log keeps of it: a built-in role's key, which each reader sees translated, else its name."""
        return self.key if self.key in ROLES else str(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grantor:
    """Somebody who can give a person in the workspace another role."""

    name: str
    email: str
    initials: str


_declared: dict[str, Permission] = {}
_role_finders: list[Callable[[], list[Role]]] = []
_grantor_finders: list[Callable[[], list[Grantor]]] = []
_member_finders: list[Callable[[], set[UUID]]] = []
_holding_finders: list[Callable[[UUID], frozenset[str]]] = []


def declare(name: str, label: Any, *, roles: Iterable[str]) -> None:
    """Declare a permission such as `radar.write`; call it from a module's `apps.py`."""
    _declared[name] = Permission(name=name, label=label, roles=frozenset(roles))


def declared() -> tuple[Permission, ...]:
    """Return every declared permission, by name."""
    return tuple(_declared[name] for name in sorted(_declared))


def find(name: str) -> Permission | None:
    """Return a declared permission, or None if no module declares it."""
    return _declared.get(name)


def permissions_of(role: str) -> frozenset[str]:
    """Return what a built-in role may do."""
    return frozenset(permission.name for permission in _declared.values() if role in permission.roles)


def delegable() -> frozenset[str]:
    """Return what a workspace's own role may include: all but what is for owners alone."""
    return frozenset(name for name, permission in _declared.items() if permission.roles != {OWNER})


def name_roles(finder: Callable[[], list[Role]]) -> None:
    """Have `finder` answer for the own roles of the workspace in scope; the module that keeps them registers it."""
    _role_finders.append(finder)


def roles() -> tuple[Role, ...]:
    """Return the built-in roles, most powerful first, then the own ones of the workspace in scope, by name."""
    built_in = (_built_in(key) for key in ROLES)
    return (*built_in, *(_role_finders[-1]() if scope.current().tenant_id else ()))


def role(key: str) -> Role:
    """Return a role of the workspace in scope. One that it does not have (any more) may do nothing."""
    if key in ROLES:
        return _built_in(key)
    unknown = Role(key=key, name=UNKNOWN, permissions=frozenset())
    return next((found for found in roles() if found.key == key), unknown)


def roles_with(name: str) -> tuple[str, ...]:
    """Return the keys of the roles that include a permission, in the order of `roles`."""
    return tuple(found.key for found in roles() if _declared[name].name in found.permissions)


def grantable() -> tuple[Role, ...]:
    """Return the roles that the actor in scope may give, in the order of `roles`."""
    return tuple(found for found in roles() if may_give(found))


def may_give(given: Role) -> bool:
    """Tell whether the actor in scope may give a role or take it: nobody handles more than they have themselves."""
    now = scope.current()
    if given.key == OWNER and now.membership_role != OWNER:
        return False
    return given.permissions <= now.permissions  # which a key of an owner may be narrowed to


def _built_in(key: str) -> Role:
    return Role(key=key, name=ROLES[key], permissions=permissions_of(key))


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


def name_holdings(finder: Callable[[UUID], frozenset[str]]) -> None:
    """Have `finder` answer for `held_by`; the module that knows the members registers it."""
    _holding_finders.append(finder)


def held_by(user_id: UUID) -> frozenset[str]:
    """Return what a person may do in the workspace in scope now; nothing if they may not come in."""
    return _holding_finders[-1](user_id)


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


def in_words(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Say roles and permissions, which are recorded by their keys, in the present language."""
    said = dict(recorded)
    for name in {"role", "former_owner"} & said.keys():
        said[name] = str(ROLES.get(said[name], said[name]))
    if permission := find(said.get("permission", "")):
        said["permission"] = str(permission.label)
    return said
