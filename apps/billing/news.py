"""What people are told of what they pay for; see `apps.core.notices`."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.billing.events import UsageLimitNear
from apps.core import notices, permissions, scope
from apps.core.notices import Channel, Notice
from apps.entitlements.interface import meters
from apps.tenancy.interface import tenancy


def declare() -> None:
    """Declare the kinds."""
    notices.declare(
        "billing.usage_near",
        _("A month's allowance is nearly used"),
        about=UsageLimitNear,
        tell=_usage_near,
        title=_("{percent} % of this month's allowance are used."),
        body=_("{meter}: {used} of {included}."),
        path=lambda slug, _target_id: reverse("billing:overview", args=[slug]),
        channel=Channel.MAIL,
    )


def _usage_near(event: UsageLimitNear) -> Notice | None:
    labels = {meter.name: str(meter.label) for meter in meters()}
    return Notice(
        to=_payers(),
        values={
            "percent": str(event.percent),
            "meter": labels.get(event.meter, event.meter),
            "used": str(event.used),
            "included": str(event.included),
        },
    )


def _payers() -> frozenset[UUID]:
    """Return who may manage what the workspace in scope pays for."""
    roles = {role.key for role in permissions.roles() if "billing.manage" in role.permissions}
    members = tenancy().list_members(tenant_id=scope.tenant_id())
    return frozenset(member.user_id for member in members if member.role in roles and not member.is_suspended)
