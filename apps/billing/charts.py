"""Charts of numbers over time, as the component `bar-chart` draws them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from apps.billing.revenue import Month
from apps.core.charts import axis
from apps.core.money import digits


def usage_chart(label: Any, days: Sequence[date], used: Sequence[int]) -> dict[str, Any]:
    """Return the chart of what was used day by day."""
    texts = [formats.date_format(day, _("j M")) for day in days]
    labels = texts[::6]  # they are spread evenly, and days come by the thirty
    return {"label": label, "total": sum(used), **_bars(texts, used, labels)}


def usage_by_month_chart(label: Any, months: Sequence[date], used: Sequence[int]) -> dict[str, Any]:
    """Return the chart of what was used month by month."""
    texts = [formats.date_format(month, "M Y") for month in months]
    short = [formats.date_format(month, "M") for month in months]
    return {"label": label, "total": sum(used), **_bars(texts, used, short)}


def revenue_chart(months: Sequence[Month], currency: str) -> dict[str, Any]:
    """Return the chart of what came in month by month, in whole units of the currency."""
    texts = [formats.date_format(month.start, "M Y") for month in months]
    values = [month.recurring.get(currency, 0) // 10 ** digits(currency) for month in months]
    bars = _bars(texts, values, [formats.date_format(month.start, "M") for month in months])
    return {"currency": currency, "now": months[-1].recurring[currency], **bars}


def _bars(texts: Sequence[str], values: Sequence[int], labels: Sequence[str]) -> dict[str, Any]:
    scale = axis(max(values))
    return {
        "points": [{"label": text, "value": value} for text, value in zip(texts, values, strict=True)],
        "max": scale[0],
        "scale": scale,
        "labels": labels,
    }
