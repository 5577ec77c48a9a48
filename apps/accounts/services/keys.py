"""API keys of the workspace in scope: made, changed, given a new secret, revoked. Only people do that.

A key acts with a role, or without one as the member who made it. Whatever it is given, it never does more than its
creator may do at the moment (`apps.tenancy.bearer`).
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.key_text import hashed, new_prefix, new_secret, written
from apps.accounts.models import ApiKey
from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid, NotFound, PermissionDenied
from apps.core.http.ranges import normalized
from apps.core.permissions import OWNER
from apps.core.text import clean_name
from apps.entitlements.interface import entitlements

LONGEST_LIFE = timedelta(days=366)
LONGEST_OVERLAP = timedelta(days=7)


def key_create(
    *,
    name: str,
    role: str,
    lifetime: timedelta,
    scopes: Iterable[str] = (),
    ranges: Iterable[str] = (),
) -> tuple[ApiKey, str]:
    """Create a key for the workspace in scope. The returned text is shown once and can't be had again.

    :param role: the role whose permissions it has, up to the creator's own; an empty one makes it personal: it acts
        as its creator
    :param scopes: the permissions that it is narrowed to; none: it is not
    :param ranges: the network addresses that it may be used from; none: from anywhere
    :raises PermissionDenied: if the actor may not make such keys, or is no person
    :raises Invalid: if what is given is not acceptable
    :raises FeatureNotIncluded: if the plan does not include the API
    """
    _require_person(may_make(role))
    entitlements().require(tenant_id=scope.tenant_id(), feature="api.access")
    key = ApiKey(
        role=_grantable(role),
        created_by_id=scope.user_id(),
        prefix=new_prefix(),
        expires_at=_end_of(lifetime),
        **_limits(name, scopes, ranges),
    )
    secret = new_secret()
    key.secret_hash = hashed(secret)
    with transaction.atomic():
        key.save()
        _record("keys.created", key, after=_recorded(key) | {"expires_at": key.expires_at.isoformat()})
    return key, written(key.prefix, secret)


def key_change(*, key_id: UUID, name: str, scopes: Iterable[str] = (), ranges: Iterable[str] = ()) -> ApiKey:
    """Rename a key, and set what it is narrowed to and where it may be used from, as `key_create` takes it.

    It holds from the key's next request on.

    :raises PermissionDenied: if the actor may not make such keys
    :raises Invalid: if what is given is not acceptable, or lifts a limit of a key that can do more than the actor
    :raises NotFound: if the workspace has no such usable key, or it is another person's own
    """
    limits = _limits(name, scopes, ranges)
    with transaction.atomic():
        key = _mine_to_change(key_id)
        if _are_lifted(key, limits):
            _grantable(key.role)
        before = _recorded(key)
        for field, value in limits.items():
            setattr(key, field, value)
        key.save(update_fields=list(limits))
        if before != _recorded(key):
            _record("keys.changed", key, before=before, after=_recorded(key))
    return key


def key_rotate(*, key_id: UUID, lifetime: timedelta, overlap: timedelta) -> tuple[ApiKey, str]:
    """Give a key a new secret, and a new end. The returned text is shown once and can't be had again.

    :param overlap: how long the present secret goes on opening it too; a week at most, and never past its own end
    :raises PermissionDenied: if the actor may not make such keys
    :raises Invalid: if the lifetime, the overlap or the key's role is not acceptable
    :raises NotFound: if the workspace has no such usable key, or it is another person's own
    """
    ends = _end_of(lifetime)
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise Invalid(fields={"overlap": [_("Choose an overlap of up to one week.")]})
    secret = new_secret()
    with transaction.atomic():
        key = _mine_to_change(key_id)
        # Or its secret would give somebody more than they have.
        _grantable(key.role)
        key.previous_hash, key.previous_until = key.secret_hash, min(clock.now() + overlap, key.expires_at)
        key.secret_hash, key.expires_at, key.reminded_at = hashed(secret), ends, None
        key.save()
        until = {"previous_until": key.previous_until.isoformat(), "expires_at": ends.isoformat()}
        _record("keys.rotated", key, after=until)
    return key, written(key.prefix, secret)


def key_revoke(*, key_id: UUID) -> ApiKey:
    """Make a key unusable at once, with every secret that opens it.

    :raises PermissionDenied: if the actor may manage neither keys nor their own
    :raises NotFound: if the workspace has no such key, it is revoked, or it is not theirs to revoke
    """
    manages = permissions.allows("keys.manage")
    if not manages:
        permissions.require("keys.own")
    with transaction.atomic():
        key = _locked(key_id)
        if not manages and not (key.is_personal and key.created_by_id == scope.current().user_id):
            raise NotFound
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        _record("keys.revoked", key)
    return key


def personal_keys_revoke(*, user_id: UUID) -> int:
    """Revoke what acts as a person who has left the workspace in scope; return how many keys that were."""
    with transaction.atomic():
        alive = ApiKey.objects.filter(tenant_id=scope.tenant_id(), role="", revoked_at=None)
        keys = list(alive.select_for_update().filter(created_by_id=user_id))
        for key in keys:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at"])
            _record("keys.revoked", key)
    return len(keys)


def may_make(role: str) -> str:
    """Return the permission that keys with a role take, or personal ones, which have none."""
    return "keys.manage" if role else "keys.own"


def _require_person(permission: str) -> None:
    permissions.require(permission)
    if scope.current().actor.kind != "person":
        raise PermissionDenied(_("Only a person can create keys."), permission=permission)


def _mine_to_change(key_id: UUID) -> ApiKey:
    key = _locked(key_id)
    _require_person(may_make(key.role))
    if (key.is_personal and key.created_by_id != scope.user_id()) or not key.is_usable:
        raise NotFound
    return key


def _locked(key_id: UUID) -> ApiKey:
    alive = ApiKey.objects.filter(tenant_id=scope.tenant_id(), revoked_at=None)
    key = alive.select_for_update().filter(id=key_id).first()
    if key is None:
        raise NotFound
    return key


def _end_of(lifetime: timedelta) -> Any:
    if not timedelta() < lifetime <= LONGEST_LIFE:
        raise Invalid(fields={"lifetime": [_("Choose a lifetime of up to one year.")]})
    return clock.now() + lifetime


def _grantable(role: str) -> str:
    if not role:
        return role
    found = next((known for known in permissions.roles() if known.key == role), None)
    if found is None or role == OWNER:
        raise Invalid(fields={"role": [_("Choose one of the roles.")]})
    if not permissions.may_give(found):
        raise Invalid(fields={"role": [_("A key can't do more than you can.")]})
    return role


def _limits(name: str, scopes: Iterable[str], ranges: Iterable[str]) -> dict[str, Any]:
    wanted = sorted(set(scopes))
    if any(permissions.find(each) is None for each in wanted):
        raise Invalid(fields={"scopes": [_("Choose what is on the list.")]})
    return {
        "name": clean_name(name, longest=80, empty=_("Give the key a name of up to 80 characters.")),
        "scopes": wanted or None,
        "ranges": normalized(ranges),
    }


def _are_lifted(key: ApiKey, limits: dict[str, Any]) -> bool:
    """Tell whether new limits let a key do more, or be used from elsewhere."""
    return any(
        before and not (now and set(now) <= set(before))
        for before, now in ((key.scopes, limits["scopes"]), (key.ranges, limits["ranges"]))
    )


def _recorded(key: ApiKey) -> dict[str, Any]:
    role = {"role": permissions.role(key.role).recorded} if key.role else {}
    return {"name": key.name} | role | {"scopes": key.scopes or [], "ranges": key.ranges}


def _record(action: str, key: ApiKey, **values: Any) -> None:
    audit().record(action=action, target_type="key", target_id=key.id, target_label=key.name, **values)
