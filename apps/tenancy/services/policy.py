"""Setting and lifting a workspace's policy, and telling of its exempt owner."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import permissions, scope
from apps.core.errors import Invalid, PermissionDenied
from apps.core.http.ranges import is_within, normalized
from apps.core.permissions import OWNER
from apps.events.interface import publish
from apps.tenancy.events import PolicyBypassed
from apps.tenancy.interface import PolicyRefusal
from apps.tenancy.models import Membership, Tenant

NOTHING: dict[str, Any] = {
    "requires_second_step": False,
    "session_hours": None,
    "idle_minutes": None,
    "allowed_ranges": [],
    "exempt_owner_id": None,
}
HOURS, MINUTES = range(1, 721), range(5, 1441)


def policy_set(
    *,
    requires_second_step: bool,
    session_hours: int | None,
    idle_minutes: int | None,
    ranges: Iterable[str],
    exempt_owner_id: UUID | None,
    has_second_step: bool,
) -> Tenant:
    """Set what the workspace in scope demands. It holds from everybody's next request on.

    :param has_second_step: whether the actor has logged in with one
    :raises PermissionDenied: if the actor may not
    :raises Invalid: if a value is not acceptable, or the policy would keep out the actor, who is not exempt
    """
    permissions.require("workspace.secure")
    wanted = {
        "requires_second_step": requires_second_step,
        "session_hours": session_hours,
        "idle_minutes": idle_minutes,
        "allowed_ranges": normalized(ranges),
        "exempt_owner_id": exempt_owner_id,
    }
    _check(wanted, has_second_step)
    return _save(wanted)


def policy_lift(*, tenant_id: UUID) -> Tenant:
    """Demand nothing of those who come into a workspace, where its policy keeps out everybody who could change it.

    :raises PermissionDenied: if no command asks
    """
    if scope.current().role != "platform":
        raise PermissionDenied
    with scope.use(tenant_id=tenant_id):
        return _save(NOTHING)


def bypass_record(membership: Membership, refusal: PolicyRefusal) -> None:
    """Record that the exempt owner came in where the policy keeps others out, and tell the owners."""
    tenant = membership.tenant
    with transaction.atomic():
        audit().record(
            action="workspace.policy_bypassed",
            target_type="workspace",
            target_id=tenant.id,
            target_label=tenant.name,
            after={"rule": refusal.code, "address": scope.current().address},
        )
        publish(PolicyBypassed(workspace_id=tenant.id, user_id=membership.user_id, rule=refusal.code))


def _save(wanted: dict[str, Any]) -> Tenant:
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(id=scope.tenant_id())
        before = _recorded(tenant)
        for field, value in wanted.items():
            setattr(tenant, field, value)
        if before == _recorded(tenant):
            return tenant
        tenant.policy_version = F("policy_version") + 1
        tenant.save(update_fields=[*wanted, "policy_version"])
        audit().record(
            action="workspace.policy_set",
            target_type="workspace",
            target_id=tenant.id,
            target_label=tenant.name,
            before=before,
            after=_recorded(tenant),
        )
    return tenant


def _check(wanted: dict[str, Any], has_second_step: bool) -> None:
    hours, minutes, exempt = wanted["session_hours"], wanted["idle_minutes"], wanted["exempt_owner_id"]
    faults: dict[str, list[str]] = {}
    if hours is not None and hours not in HOURS:
        faults["session_hours"] = [_("Choose 1 to 720 hours.")]
    if minutes is not None and minutes not in MINUTES:
        faults["idle_minutes"] = [_("Choose 5 to 1440 minutes.")]
    owners = Membership.objects.filter(tenant_id=scope.tenant_id(), role=OWNER, suspended_at=None)
    if exempt and not owners.filter(user_id=exempt).exists():
        faults["exempt_owner_id"] = [_("Choose one of the owners.")]
    if exempt != scope.user_id():
        ranges = wanted["allowed_ranges"]
        if ranges and not is_within(scope.current().address, ranges):
            faults["ranges"] = [
                _("Your own address, %(address)s, is not among them.") % {"address": scope.current().address}
            ]
        if wanted["requires_second_step"] and not has_second_step:
            faults["requires_second_step"] = [_("Log in with a second step or a passkey yourself first.")]
    if faults:
        raise Invalid(fields=faults)


def _recorded(tenant: Tenant) -> dict[str, Any]:
    recorded = {name: getattr(tenant, name) for name in NOTHING}
    return recorded | {"exempt_owner_id": str(tenant.exempt_owner_id or "")}
