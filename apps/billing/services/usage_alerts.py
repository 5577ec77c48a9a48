"""Telling a workspace that a month's allowance is nearly used, or is: each once a month."""

from uuid import UUID

from django.db import transaction

from apps.billing.events import UsageLimitNear
from apps.billing.metering import present_period
from apps.billing.models import UsageAlert
from apps.entitlements.interface import Allowance, entitlements, meters
from apps.events.interface import publish

NEAR, REACHED = 80, 100


def usage_alert(*, tenant_id: UUID) -> None:
    """Tell of each meter of which 80 or 100 % are used, unless that was told this month."""
    for meter in meters():
        allowance = entitlements().limit(tenant_id=tenant_id, name=meter.limit)
        if allowance.used and allowance.percent >= NEAR:
            _tell(tenant_id, meter.name, allowance)


@transaction.atomic
def _tell(tenant_id: UUID, meter: str, allowance: Allowance) -> None:
    percent = REACHED if allowance.percent >= REACHED else NEAR
    alert, is_new = UsageAlert.objects.get_or_create(
        tenant_id=tenant_id,
        meter=meter,
        period_start=present_period(tenant_id).start,
        percent=percent,
    )
    if is_new:
        publish(
            UsageLimitNear(
                alert_id=alert.id,
                meter=meter,
                percent=percent,
                used=allowance.used,
                included=allowance.limit or 0,
            )
        )
