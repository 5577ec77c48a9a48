"""The roles that a workspace makes for itself. A change holds from the next request of those who have the role."""

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.interface import accounts
from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Conflict, Invalid
from apps.core.ids import new_id
from apps.core.permissions import ROLES
from apps.core.text import clean_name
from apps.events.interface import publish
from apps.tenancy.events import RoleChanged, RoleCreated, RoleDeleted
from apps.tenancy.interface import RoleBeyondYours, RoleInUse, RoleNameTaken, RoleNotFound
from apps.tenancy.models import DomainClaim, Invitation, Membership, Role
from apps.tenancy.selectors import effective

MOST_ROLES = 50


def role_create(*, name: str, permission_names: Iterable[str]) -> Role:
    """Make a role for the workspace in scope.

    :raises PermissionDenied: if the actor may not manage roles
    :raises RoleBeyondYours: if it would include what the actor may not do
    :raises RoleNameTaken: if a role has this name
    :raises Conflict: if the workspace has enough roles of its own
    :raises Invalid: if the name is not acceptable, or a permission does not exist or is for owners alone
    """
    permissions.require("roles.manage")
    name, names = _checked_name(name), _checked_permissions(permission_names)
    role_id = new_id()
    role = Role(id=role_id, key=role_id.hex, name=name, permissions=names)
    with transaction.atomic():
        if Role.objects.filter(tenant_id=scope.tenant_id()).count() >= MOST_ROLES:
            message = _("A workspace has at most %(count)s roles of its own. Delete one that nobody has.")
            raise Conflict(message % {"count": MOST_ROLES})
        _save(role, is_new=True)
        audit().record(
            action="roles.created",
            target_type="role",
            target_id=role.id,
            target_label=name,
            after={"permissions": ", ".join(names)},
        )
        publish(RoleCreated(role_id=role.id))
    return role


def role_change(
    *, role_id: UUID, name: str | None = None, permission_names: Iterable[str] | None = None
) -> Role:
    """Change a role's name or what it includes; what is left out stays.

    :raises PermissionDenied: if the actor may not manage roles
    :raises RoleBeyondYours: if it includes, or would include, what the actor may not do
    :raises RoleNameTaken: if another role has this name
    :raises RoleNotFound: if the workspace has no such role
    :raises Invalid: if the name is not acceptable, or a permission does not exist or is for owners alone
    """
    permissions.require("roles.manage")
    with transaction.atomic():
        role = _locked(role_id)
        before = {"name": role.name, "permissions": ", ".join(role.permissions)}
        if name is not None:
            role.name = _checked_name(name)
        if permission_names is not None:
            role.permissions = _checked_permissions(permission_names)
        after = {"name": role.name, "permissions": ", ".join(role.permissions)}
        if before == after:
            return role
        _save(role)
        audit().record(
            action="roles.changed",
            target_type="role",
            target_id=role.id,
            target_label=role.name,
            before={key: value for key, value in before.items() if after[key] != value},
            after={key: value for key, value in after.items() if before[key] != value},
        )
        publish(RoleChanged(role_id=role.id))
    return role


def role_delete(*, role_id: UUID) -> Role:
    """Delete a role that nobody and nothing holds.

    :raises PermissionDenied: if the actor may not manage roles
    :raises RoleBeyondYours: if it includes what the actor may not do
    :raises RoleInUse: if members, open invitations, domains or usable keys hold it; the message counts them
    :raises RoleNotFound: if the workspace has no such role
    """
    permissions.require("roles.manage")
    with transaction.atomic():
        role = _locked(role_id)
        _refuse_in_use(role)
        audit().record(
            action="roles.deleted",
            target_type="role",
            target_id=role.id,
            target_label=role.name,
            before={"permissions": ", ".join(role.permissions)},
        )
        publish(RoleDeleted(role_id=role.id))
        role.delete()
    return role


def _locked(role_id: UUID) -> Role:
    # Whoever gives the role locks the same row, so nobody gets it while it goes.
    role = Role.objects.select_for_update().filter(tenant_id=scope.tenant_id(), id=role_id).first()
    if role is None:
        raise RoleNotFound
    if not effective(role.permissions) <= scope.current().permissions:
        raise RoleBeyondYours
    return role


def _save(role: Role, *, is_new: bool = False) -> None:
    try:
        with transaction.atomic():
            role.save(force_insert=is_new)
    except IntegrityError as error:
        raise RoleNameTaken(fields={"name": [str(RoleNameTaken.message)]}) from error


def _checked_name(name: str) -> str:
    name = clean_name(name, longest=40, empty=_("Give the role a name."))
    if unicodedata.normalize("NFKC", name).casefold() in _built_in_names():  # however wide its letters are
        raise RoleNameTaken(
            fields={"name": [_("This is the name of a built-in role. Choose a different one.")]}
        )
    return name


def _built_in_names() -> set[str]:
    names = set(ROLES)
    for code, _language in settings.LANGUAGES:
        with translation.override(code):
            names |= {str(label).casefold() for label in ROLES.values()}
    return names


def _checked_permissions(names: Iterable[str]) -> list[str]:
    wanted = sorted(set(names))
    if not wanted:
        raise Invalid(fields={"permissions": [_("Choose what the role includes.")]})
    if not permissions.delegable().issuperset(wanted):
        raise Invalid(
            fields={"permissions": [_("Choose from the list. What is for owners alone is not on it.")]}
        )
    if not scope.current().permissions.issuperset(wanted):
        raise RoleBeyondYours(
            fields={"permissions": [_("A role can't include what you may not do yourself.")]}
        )
    return wanted


def _refuse_in_use(role: Role) -> None:
    held = {"tenant_id": scope.tenant_id(), "role": role.key}
    members = Membership.objects.filter(**held).count()
    waiting = Invitation.objects.filter(
        **held, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
    ).count()
    domains = DomainClaim.objects.filter(**held, withdrawn_at=None).count()
    keys = accounts().count_keys(role=role.key)
    holders = [
        ngettext("%(count)s member", "%(count)s members", members) % {"count": members} if members else "",
        ngettext("%(count)s invitation", "%(count)s invitations", waiting) % {"count": waiting}
        if waiting
        else "",
        ngettext("%(count)s domain", "%(count)s domains", domains) % {"count": domains} if domains else "",
        ngettext("%(count)s API key", "%(count)s API keys", keys) % {"count": keys} if keys else "",
    ]
    if any(holders):
        found = ", ".join(filter(None, holders))
        raise RoleInUse(
            _("“%(role)s” is in use: %(holders)s. Give them another role first.")
            % {"role": role.name, "holders": found}
        )
