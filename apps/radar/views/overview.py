"""The first page of a workspace: what its competitors did lately, and what people made of it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.audit.interface import Filters, audit
from apps.core import permissions
from apps.radar import selectors
from apps.radar.selectors import Week

NEWEST_SIGNALS = 6
NEWEST_ENTRIES = 4


@require_GET
def overview(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the week in numbers, eight weeks as a chart, the newest signals, and who did what."""
    permissions.require("radar.read")
    weeks = selectors.weeks()
    context = {
        "tiles": _tiles(weeks[-1], weeks[-2]),
        "competitors": selectors.competitors().count(),
        "chart": _chart(weeks),
        "signals": selectors.signals()[:NEWEST_SIGNALS],
        "may_write": permissions.allows("radar.write"),
        "entries": _newest_entries() if permissions.allows("audit.read") else None,
    }
    return render(request, "radar/overview.html", context)


def _tiles(this: Week, last: Week) -> list[dict[str, Any]]:
    return [
        _tile(_("New signals"), "radar", this.signals, last.signals),
        _tile(_("Price moves"), "trending-up", this.prices, last.prices),
        _tile(_("High importance"), "flame", this.important, last.important),
    ]


def _tile(label: str, icon: str, this: int, last: int) -> dict[str, Any]:
    return {"label": label, "icon": icon, "value": this, "change": f"{this - last:+d}".replace("-", "−")}


def _chart(weeks: Sequence[Week]) -> dict[str, Any]:
    """Return what the bar chart shows. Its scale ends at a multiple of four, so that all steps are whole."""
    points = [
        {"label": formats.date_format(week.begins_on, _("j M")), "value": week.signals} for week in weeks
    ]
    top = max(4, -(-max(week.signals for week in weeks) // 4) * 4)
    return {
        "points": points,
        "labels": [point["label"] for point in points[::2]],
        "max": top,
        "scale": [top * step // 4 for step in range(4, -1, -1)],
        "total": sum(week.signals for week in weeks),
    }


def _newest_entries() -> Sequence[Any]:
    return audit().list_entries(filters=Filters(), page_size=NEWEST_ENTRIES).entries
