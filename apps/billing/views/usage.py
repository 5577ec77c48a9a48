"""What a workspace uses of what its plan includes."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.billing.metering import present_period, used_per_day
from apps.billing.views.sections import section_tabs
from apps.core import clock, permissions, scope
from apps.entitlements.interface import Allowance, entitlements, meters

DAYS = 30
NEAR, REACHED = 80, 100


@require_GET
def usage(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show what is used of each limit, and of each meter day by day."""
    permissions.require("billing.manage")
    tenant_id, today = scope.tenant_id(), timezone.localdate(clock.now())
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    used = used_per_day(tenant_id=tenant_id, days=days)
    allowances = entitlements().usage_of(tenant_id=tenant_id)
    context = {
        "tabs": section_tabs(workspace, "usage"),
        "period": present_period(tenant_id),
        "bars": [_bar(one) for one in allowances if one.limit is not None],
        "unlimited": [one for one in allowances if one.limit is None],
        "charts": [_chart(meter.label, days, used[meter.name]) for meter in meters() if meter.name in used],
    }
    return render(request, "billing/usage.html", context)


def _bar(allowance: Allowance) -> dict[str, Any]:
    """Return a limit as a bar, with a warning from 80 % on."""
    tone, note = "", ""
    if allowance.percent >= REACHED:
        tone, note = "bad", _("All of it is used.")
    elif allowance.percent >= NEAR:
        tone, note = "warn", _("%(left)d left.") % {"left": allowance.left or 0}
    return {"allowance": allowance, "percent": min(allowance.percent, REACHED), "tone": tone, "note": note}


def _chart(label: Any, days: Sequence[date], used: Sequence[int]) -> dict[str, Any]:
    """Return what a chart shows. Its scale ends at a multiple of four, so that all steps are whole."""
    texts = [formats.date_format(day, _("j M")) for day in days]
    top = max(4, -(-max(used) // 4) * 4)
    return {
        "label": label,
        "points": [{"label": text, "value": value} for text, value in zip(texts, used, strict=True)],
        "max": top,
        "scale": [top * step // 4 for step in range(4, -1, -1)],
        "labels": texts[::7],
        "total": sum(used),
    }
