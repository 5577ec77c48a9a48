"""Support: a member of staff works in a workspace as one of its members, for a reason and a short time.

The workspace consents to it, sees each session, and hears of it at once. With each request `support_check` looks
whether what the session rests on still holds.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid, NotFound, PermissionDenied
from apps.events.interface import publish
from apps.tenancy.events import SupportBegan
from apps.tenancy.interface import MemberNotFound, NotForSupport, SupportNotAllowed, SupportOver
from apps.tenancy.models import Membership, SupportAccess, SupportSession, Tenant
from apps.tenancy.selectors import memberships_of

MINUTES, PROPOSED = range(1, 61), 15
Ending = SupportSession.Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSupport:
    """A support session that goes on: as whom, and whether it may change anything."""

    id: UUID
    membership: Membership
    may_write: bool
    until: Any

    @property
    def minutes_left(self) -> int:
        return ceil((self.until - clock.now()).total_seconds() / 60)


def support_allow(*, access: str, until: date | None) -> Tenant:
    """Set what support may do in the workspace in scope, and the last day on which it may.

    A session that is no longer allowed ends at once.

    :raises PermissionDenied: if the actor may not
    :raises Invalid: if a value is not acceptable
    """
    permissions.require("workspace.secure")
    if access not in SupportAccess.values:
        raise Invalid(fields={"access": [_("Choose one of these.")]})
    until = None if access == SupportAccess.OFF else until
    if until and until < clock.now().date():
        raise Invalid(fields={"until": [_("This day is over.")]})
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(id=scope.tenant_id())
        before = _consent(tenant)
        tenant.support_access, tenant.support_until = access, until
        if before == _consent(tenant):
            return tenant
        tenant.save(update_fields=["support_access", "support_until"])
        audit().record(
            action="workspace.support_set",
            target_type="workspace",
            target_id=tenant.id,
            target_label=tenant.name,
            before=before,
            after=_consent(tenant),
        )
        if not allows(tenant):
            for row in _open_sessions():
                _end(row, Ending.WITHDRAWN)
    return tenant


def allows(tenant: Tenant) -> bool:
    """Tell whether a workspace lets support in today."""
    is_past = tenant.support_until is not None and tenant.support_until < clock.now().date()
    return tenant.support_access != SupportAccess.OFF and not is_past


def support_begin(
    *,
    tenant_id: UUID,
    membership_id: UUID,
    reason: str,
    ticket: str = "",
    minutes: int = PROPOSED,
    may_write: bool = False,
) -> SupportSession:
    """Let the member of staff in scope work in a workspace as one of its members. Its owners hear of it.

    :raises PermissionDenied: if the actor is not support
    :raises SupportNotAllowed: if the workspace does not consent
    :raises NotForSupport: if the member is staff, or the actor, or the actor stands in for somebody already
    :raises MemberNotFound: if there is no such active member
    :raises Invalid: if a value is not acceptable, or the workspace lets support look and not change
    """
    staff = get_user_model().objects.get(id=scope.user_id())
    if not is_support(staff):
        raise PermissionDenied(_("Only support may work in a workspace as one of its members."))
    if scope.current().on_behalf_of:
        raise NotForSupport
    with scope.use(role="app", tenant_id=tenant_id), transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(id=tenant_id)
        membership = _membership(membership_id, staff)
        if not allows(tenant):
            raise SupportNotAllowed
        _check(tenant, reason=reason, minutes=minutes, may_write=may_write)
        row = SupportSession.objects.create(
            staff=staff,
            user=membership.user,
            reason=reason.strip(),
            ticket=ticket.strip(),
            may_write=may_write,
            until=clock.now() + timedelta(minutes=minutes),
        )
        with scope.use(on_behalf_of=person_of(membership.user)):
            _record(
                "support.began", row, after={"reason": row.reason, "ticket": row.ticket, "mode": _mode(row)}
            )
        publish(SupportBegan(session_id=row.id))
    return row


def support_check(*, session_id: UUID, tenant_id: UUID, staff: Any) -> OpenSupport:
    """Return an open support session of a member of staff. One that has lost what it rests on is ended.

    :param staff: whoever sends the request; perhaps nobody any more
    :raises SupportOver: if it has ended
    """
    with scope.use(tenant_id=tenant_id):
        row = _open_sessions().filter(id=session_id).first()
        if row is None:
            raise SupportOver
        found = memberships_of(row.user_id).filter(tenant_id=tenant_id).select_related("tenant__cell", "user")
        membership = found.first()
        if ending := _ending(row, membership, staff):
            with scope.use(actor=scope.SYSTEM):
                support_end(session_id=session_id, tenant_id=tenant_id, ending=ending)
            raise SupportOver
    assert membership is not None  # or it would be ended
    may_write = row.may_write and membership.tenant.support_access == SupportAccess.CHANGE
    return OpenSupport(id=row.id, membership=membership, may_write=may_write, until=row.until)


def support_end(*, session_id: UUID, tenant_id: UUID, ending: str = Ending.BY_STAFF) -> None:
    """End a support session; one that has ended stays as it is."""
    with scope.use(role="app", tenant_id=tenant_id, read_only=False), transaction.atomic():
        row = _open_sessions().select_for_update(of=("self",)).filter(id=session_id).first()
        if row:
            _end(row, ending)


def support_end_by_owner(*, session_id: UUID) -> None:
    """End a support session in the workspace in scope; one that has ended stays as it is.

    :raises PermissionDenied: if the actor may not
    :raises NotFound: if there is no such session
    """
    permissions.require("workspace.secure")
    if not SupportSession.objects.filter(tenant_id=scope.tenant_id(), id=session_id).exists():
        raise NotFound
    support_end(session_id=session_id, tenant_id=scope.tenant_id(), ending=Ending.BY_OWNER)


def support_end_due() -> None:
    """End the sessions of all workspaces whose time is up."""
    with scope.as_role("platform"):
        due = SupportSession.objects.filter(ended_at=None, until__lte=clock.now())
        found = list(due.values_list("id", "tenant_id"))
    for session_id, tenant_id in found:
        support_end(session_id=session_id, tenant_id=tenant_id, ending=Ending.TIME_UP)


def is_support(user: Any) -> bool:
    """Tell whether somebody may work in workspaces that consent."""
    return bool(user.is_active and user.is_staff and getattr(user, "is_support", False))


def person_of(user: Any) -> scope.Actor:
    """Return a member as whom the audit log names."""
    return scope.Actor(kind="person", id=user.id, label=user.display_name)


def _ending(row: SupportSession, membership: Membership | None, staff: Any) -> str:
    """Return why a session may not go on; empty if it may."""
    if staff.pk != row.staff_id or not is_support(staff):
        return Ending.STAFF_GONE
    if clock.now() >= row.until:
        return Ending.TIME_UP
    if membership is None or not _may_be_stood_in_for(membership.user):
        return Ending.MEMBER_GONE
    return "" if allows(membership.tenant) else Ending.WITHDRAWN


def _may_be_stood_in_for(user: Any) -> bool:
    return bool(user.is_active and not user.is_staff and not user.is_superuser)


def _membership(membership_id: UUID, staff: Any) -> Membership:
    active = Membership.objects.filter(tenant_id=scope.tenant_id(), suspended_at=None, user__is_active=True)
    membership = active.select_related("user").filter(id=membership_id).first()
    if membership is None:
        raise MemberNotFound
    if membership.user_id == staff.id or not _may_be_stood_in_for(membership.user):
        raise NotForSupport
    return membership


def _check(tenant: Tenant, *, reason: str, minutes: int, may_write: bool) -> None:
    faults: dict[str, list[str]] = {}
    if not reason.strip():
        faults["reason"] = [_("Say what you do this for.")]
    if minutes not in MINUTES:
        faults["minutes"] = [_("Choose 1 to 60 minutes.")]
    if may_write and tenant.support_access != SupportAccess.CHANGE:
        faults["may_write"] = [_("This workspace lets support look, but change nothing.")]
    if faults:
        raise Invalid(fields=faults)


def _open_sessions() -> Any:
    rows = SupportSession.objects.filter(tenant_id=scope.tenant_id(), ended_at=None)
    return rows.select_related("staff").order_by("id")


def _end(row: SupportSession, ending: str) -> None:
    row.ended_at, row.ending = min(clock.now(), row.until), ending
    row.ended_by_id = scope.current().actor.id
    row.save(update_fields=["ended_at", "ending", "ended_by_id"])
    _record("support.ended", row, after={"ending": ending})


def _record(action: str, row: SupportSession, *, after: dict[str, str]) -> None:
    audit().record(
        action=action,
        target_type="support_session",
        target_id=row.id,
        target_label=row.staff.display_name,
        after=after,
    )


def _mode(row: SupportSession) -> str:
    return SupportAccess.CHANGE if row.may_write else SupportAccess.LOOK


def _consent(tenant: Tenant) -> dict[str, str]:
    day = tenant.support_until
    return {"support_access": tenant.support_access, "support_until": day.isoformat() if day else ""}
