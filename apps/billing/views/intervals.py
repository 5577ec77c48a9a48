"""By the month or by the year: the tabs of both pages that show prices."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.entitlements.interface import Interval


def wanted_interval(request: HttpRequest) -> Interval:
    """Return the interval that the address asks for; a month, if it asks for none of ours."""
    try:
        return Interval(request.GET.get("interval", ""))
    except ValueError:
        return Interval.MONTH


def interval_tabs(current: Interval) -> list[dict[str, Any]]:
    """Return the tabs."""
    labels = {Interval.MONTH: _("Monthly"), Interval.YEAR: _("Yearly")}
    return [
        {"label": label, "url": f"?interval={interval}", "current": interval == current}
        for interval, label in labels.items()
    ]
