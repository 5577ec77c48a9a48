"""What people of a workspace are told of, and who they are; see `apps.core.notices`."""

from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notices, permissions, scope
from apps.core.notices import Channel, Notice
from apps.tenancy.events import (
    AccessDecided,
    AccessRequested,
    MemberAdded,
    MemberRoleChanged,
    PolicyBypassed,
    SupportBegan,
    WorkspaceClosed,
)
from apps.tenancy.models import AccessRequest, Membership, SupportSession, Tenant
from apps.tenancy.requests import deciders
from apps.tenancy.selectors import members


def declare() -> None:
    """Declare the kinds."""
    notices.declare(
        "members.added",
        _("Somebody joins"),
        about=MemberAdded,
        tell=_added,
        title=_("{person} joined as {role}."),
        path=_member_path,
    )
    notices.declare(
        "members.role_changed",
        _("Your role changes"),
        about=MemberRoleChanged,
        tell=_role_changed,
        title=_("Your role is now {role}."),
        path=lambda slug, _target_id: reverse("tenancy:members", args=[slug]),
        channel=Channel.MAIL,
    )
    notices.declare(
        "members.access_requested",
        _("Somebody asks for access"),
        about=AccessRequested,
        tell=_access_requested,
        title=_("{person} asks for access: {permission}."),
        body="{message}",
        path=lambda slug, _target_id: reverse("tenancy:requests", args=[slug]),
        channel=Channel.MAIL,
    )
    notices.declare(
        "members.access_declined",
        _("Your request for access is declined"),
        about=AccessDecided,
        tell=_access_declined,
        title=_("Your request for access was declined: {permission}."),
        body=_("You can ask again in a day."),
        path=lambda slug, _target_id: reverse("workspace", args=[slug]),
        channel=Channel.MAIL,
    )
    notices.declare(
        "workspace.policy_bypassed",
        _("The exempt owner bypasses the security policy"),
        about=PolicyBypassed,
        tell=_bypassed,
        title=_("{person} came in as the exempt owner."),
        body=_("The security policy would have kept them out. If that's unexpected, change the policy."),
        path=lambda slug, _target_id: reverse("tenancy:security", args=[slug]),
        channel=Channel.MAIL,
    )
    notices.declare(
        "workspace.support_began",
        _("Support opens the workspace"),
        about=SupportBegan,
        tell=_support_began,
        title=_("Support opened the workspace as {person}."),
        body=_("The reason: {reason}"),
        path=lambda slug, _target_id: reverse("tenancy:support", args=[slug]),
        channel=Channel.MAIL,
    )
    notices.declare(
        "workspace.closed",
        _("The workspace is deleted"),
        about=WorkspaceClosed,
        tell=_closed,
        title=_("{workspace} was deleted."),
        body=_(
            "It will be erased on {erase_due_at}, with everything in it. Until then its owners can keep it."
        ),
        path=lambda slug, _target_id: reverse("workspace", args=[slug]),
        channel=Channel.MAIL,
    )


def _member_path(slug: str, membership_id: UUID | None) -> str:
    return reverse("tenancy:member", args=[slug, membership_id])


def _added(event: MemberAdded) -> Notice | None:
    """Tell those who look after the members."""
    found = members(scope.tenant_id())
    joined = found.filter(id=event.membership_id).first()
    if joined is None:
        return None
    managers = found.filter(role__in=permissions.roles_with("members.manage"))
    values = {"person": joined.user.display_name, "role": _recorded(event.role)}
    return Notice(
        to=_ids(managers) - {event.user_id}, values=values, target_id=joined.id, subject_id=joined.user_id
    )


def _role_changed(event: MemberRoleChanged) -> Notice:
    return Notice(
        to=frozenset({event.user_id}) - _who_did_it(),
        values={"role": _recorded(event.role)},
        target_id=event.membership_id,
    )


def _access_requested(event: AccessRequested) -> Notice | None:
    """Tell those who can decide."""
    asked = AccessRequest.objects.select_related("user").filter(id=event.request_id, decided_at=None).first()
    if asked is None or permissions.find(asked.permission) is None:
        return None
    values = {
        "person": asked.user.display_name,
        "permission": asked.permission,
        "message": asked.message,
    }
    return Notice(
        to=_ids(deciders(asked.permission)), values=values, target_id=asked.id, subject_id=asked.user_id
    )


def _access_declined(event: AccessDecided) -> Notice | None:
    """Tell who asked. What is granted comes with another role, and that they hear of already."""
    asked = AccessRequest.objects.get(id=event.request_id)
    if event.is_granted or permissions.find(asked.permission) is None:
        return None
    return Notice(to=frozenset({asked.user_id}), values={"permission": asked.permission}, target_id=asked.id)


def _bypassed(event: PolicyBypassed) -> Notice | None:
    """Tell every owner, the exempt one too: it may not have been them."""
    owners = members(event.workspace_id).filter(role=permissions.OWNER, suspended_at=None)
    names = {found.user_id: found.user.display_name for found in owners}
    return Notice(
        to=frozenset(names), values={"person": names.get(event.user_id, "–")}, subject_id=event.user_id
    )


def _support_began(event: SupportBegan) -> Notice:
    """Tell every owner. Who of support it was stands on the page that this leads to."""
    row = SupportSession.objects.select_related("user").get(id=event.session_id)
    owners = members(row.tenant_id).filter(role=permissions.OWNER, suspended_at=None)
    return Notice(
        to=frozenset(owners.values_list("user_id", flat=True)),
        values={"person": row.user.display_name, "reason": row.reason},
        target_id=row.id,
        subject_id=row.user_id,
    )


def _closed(event: WorkspaceClosed) -> Notice | None:
    """Tell every owner, for nobody else can open it any more; who did it too, for they learn until when it is kept."""
    tenant = Tenant.objects.filter(id=event.workspace_id, erase_due_at=event.erase_due_at).first()
    if tenant is None:  # It was kept meanwhile.
        return None
    owners = members(tenant.id).filter(role=permissions.OWNER, suspended_at=None)
    return Notice(
        to=frozenset(owners.values_list("user_id", flat=True)),
        values={"workspace": tenant.name, "erase_due_at": event.erase_due_at.isoformat()},
    )


def _recorded(role: str) -> str:
    return permissions.role(role).recorded


def _ids(found: QuerySet[Membership]) -> frozenset[UUID]:
    """Return the people of memberships, without the one who brought the event about."""
    return frozenset(found.filter(suspended_at=None).values_list("user_id", flat=True)) - _who_did_it()


def _who_did_it() -> frozenset[UUID]:
    cause = scope.current().cause
    return frozenset({cause.user_id} if cause and cause.user_id else ())
