"""Billing periods, in UTC and in seconds since 1970."""

from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

DAY = 24 * 60 * 60


def months_after(anchor: int, months: int) -> int:
    """The same day and time `months` later, or that month's last day: 31 January leads to 28 February."""
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.month - 1 + months, 12)
    day = min(start.day, monthrange(start.year + year, month + 1)[1])
    return int(start.replace(year=start.year + year, month=month + 1, day=day).timestamp())


def period_end(anchor: int, start: int, recurring: dict[str, Any]) -> int:
    """The first end of a period after `start`, counted from `anchor`: so 31 January leads to 31 March, too."""
    count, interval = recurring["interval_count"], recurring["interval"]
    if interval in ("day", "week"):
        length = count * DAY * (7 if interval == "week" else 1)
        return anchor + ((start - anchor) // length + 1) * length
    months = count * (12 if interval == "year" else 1)
    periods = max(1, (start - anchor) // (months * 31 * DAY))
    while (end := months_after(anchor, periods * months)) <= start:
        periods += 1
    return end
