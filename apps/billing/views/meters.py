"""What a workspace used of each meter, day by day or month by month."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.billing.charts import usage_by_month_chart, usage_chart
from apps.billing.metering import last_months, present_period, used_per_day, used_per_month
from apps.core import clock, permissions, scope
from apps.entitlements.interface import meters as all_meters

DAYS, MONTHS = 30, 12


@require_GET
def meters(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show a chart of the last days, or months, for each meter of which something was used."""
    permissions.require("billing.manage")
    by_month = request.GET.get("by") == "month"
    context = {
        "period": present_period(scope.tenant_id()),
        "by_month": by_month,
        "title": _("Usage by month") if by_month else _("Usage by day"),
        "charts": _by_month() if by_month else _by_day(),
    }
    return render(request, "billing/meters.html", context)


def _by_day() -> list[dict[str, Any]]:
    today = timezone.localdate(clock.now())
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    used = used_per_day(tenant_id=scope.tenant_id(), days=days)
    return [usage_chart(one.label, days, used[one.name]) for one in all_meters() if one.name in used]


def _by_month() -> list[dict[str, Any]]:
    months = last_months(timezone.localtime(clock.now()), MONTHS)
    used = used_per_month(tenant_id=scope.tenant_id(), months=months)
    return [
        usage_by_month_chart(one.label, months, used[one.name]) for one in all_meters() if one.name in used
    ]
