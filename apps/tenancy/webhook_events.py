"""What customers may be told of their members."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.webhook_events import declare
from apps.tenancy import events


def _member(event: Any) -> dict[str, Any]:
    return {"id": event.membership_id, "person": event.user_id}


def _member_with_role(event: Any) -> dict[str, Any]:
    return _member(event) | {"role": event.role}


def _invitation(event: Any) -> dict[str, Any]:
    return {"id": event.invitation_id}


for name, label, event_type, data in [
    ("invitation.created", _("Member invited"), events.InvitationCreated, _invitation),
    ("member.added", _("Member added"), events.MemberAdded, _member_with_role),
    ("member.role_changed", _("Role changed"), events.MemberRoleChanged, _member_with_role),
    ("member.suspended", _("Member suspended"), events.MemberSuspended, _member),
    ("member.reinstated", _("Suspension lifted"), events.MemberReinstated, _member),
    ("member.removed", _("Member removed"), events.MemberRemoved, _member),
]:
    declare(name=name, label=label, group=_("Members"), event_type=event_type, data=data)
