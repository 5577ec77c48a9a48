"""What a workspace used of each meter, day by day."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.billing.charts import usage_chart
from apps.billing.metering import present_period, used_per_day
from apps.core import clock, permissions, scope
from apps.entitlements.interface import meters as all_meters

DAYS = 30


@require_GET
def meters(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show a chart of the last days for each meter of which something was used."""
    permissions.require("billing.manage")
    tenant_id, today = scope.tenant_id(), timezone.localdate(clock.now())
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    used = used_per_day(tenant_id=tenant_id, days=days)
    context = {
        "period": present_period(tenant_id),
        "charts": [
            usage_chart(meter.label, days, used[meter.name]) for meter in all_meters() if meter.name in used
        ],
    }
    return render(request, "billing/meters.html", context)
