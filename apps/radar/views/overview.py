"""The first page of a workspace: what its competitors did lately, and what people made of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from redis.exceptions import RedisError

from apps.audit.interface import Filters, LogUnavailable, audit
from apps.core import clock, permissions, scope
from apps.core.charts import axis
from apps.radar import trends
from apps.radar.models import Signal
from apps.radar.trends import Week

NEWEST_SIGNALS = 8
NEWEST_ENTRIES = 4
NEWEST_MOVES = 4
VISIT_ENDS = timedelta(minutes=30)  # without a look at the overview
VISITS_KEPT = timedelta(days=90)
log = structlog.get_logger(__name__)


@require_GET
def overview(request: HttpRequest, workspace: str) -> HttpResponse:
    """Show the week in numbers, eight weeks as a chart, who was busy, what is new, and who did what."""
    permissions.require("radar.read")
    weeks = trends.weeks()
    last_visit = _last_visit()
    newest = trends.newest(limit=NEWEST_SIGNALS, price_moves=NEWEST_MOVES)
    context = {
        "tiles": _tiles(weeks[-1], weeks[-2]),
        "totals": trends.totals(since=last_visit),
        "chart": _chart(weeks),
        "busiest": trends.busiest_competitors(),
        "signals": newest.signals,
        "moves": newest.price_moves,
        "last_visit": last_visit,
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
    change = f"{this - last:+d}".replace("-", "−") if this != last else ""
    return {"label": label, "icon": icon, "value": this, "change": change}


def _chart(weeks: Sequence[Week]) -> dict[str, Any]:
    scale = axis(max(week.signals for week in weeks))
    return {
        "series": [{"key": kind.value, "label": kind.label} for kind in Signal.Kind],
        "columns": [_column(week, scale[0]) for week in weeks],
        "scale": scale,
        "total": sum(week.signals for week in weeks),
    }


def _column(week: Week, top: int) -> dict[str, Any]:
    """Return a column of the chart: its parts from the bottom up, in per mille of the scale."""
    parts, below = [], 0
    for number, kind in enumerate(Signal.Kind, 1):
        count = week.kinds.get(kind, 0)
        parts.append(
            {"series": number, "value": count, "at": below * 1000 // top, "size": count * 1000 // top}
        )
        below += count
    return {"label": formats.date_format(week.begins_on, _("j M")), "value": week.signals, "parts": parts}


def _newest_entries() -> Sequence[Any] | None:
    """Return who did what just now; None while the log is away, for the page does without it."""
    try:
        return audit().list_entries(filters=Filters(), page_size=NEWEST_ENTRIES).entries
    except LogUnavailable:
        return None


def _last_visit() -> datetime | None:
    """Return when the person's visit before this one ended; None on their first. Forgotten with the cache."""
    key = f"radar:visit:{scope.tenant_id()}:{scope.user_id()}"
    now = clock.now()
    try:
        previous, latest = cache.get(key) or (None, None)
        if latest and now - latest > VISIT_ENDS:
            previous = latest
        cache.set(key, (previous, now), VISITS_KEPT.total_seconds())
    except RedisError as error:
        log.warning("visit_unknown", error=str(error))
        return None
    return previous
