"""How much was used, and in which month."""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Sum
from django.db.models.functions import TruncDate, TruncMonth
from django.utils import timezone

from apps.billing.models import Subscription, UsageDay, UsageEvent
from apps.core import answers, clock

LONGEST_MONTH = timedelta(days=31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A month, from its first moment to the first one after it."""

    start: datetime
    end: datetime


def present_period(tenant_id: UUID) -> Period:
    """Return the month that counts now: the one that is paid for, one of the year that is, or the calendar's."""
    now = clock.now()
    paid = _paid_period(tenant_id)
    if paid is None:
        return month_around(now, anchor=now.replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    is_month = paid.end - paid.start <= LONGEST_MONTH
    return paid if is_month and paid.start <= now < paid.end else month_around(now, anchor=paid.start)


def version_of(tenant_id: UUID) -> str:
    """Name what changes whenever the tenant's subscription does."""
    return f"billing:{tenant_id}:version"


def month_around(now: datetime, *, anchor: datetime) -> Period:
    """Return the month that a moment is in, where months begin as `anchor` does."""
    months = (now.year - anchor.year) * 12 + now.month - anchor.month
    if _months_after(anchor, months) > now:
        months -= 1
    return Period(start=_months_after(anchor, months), end=_months_after(anchor, months + 1))


def count_of(meter: str) -> Callable[[UUID], int]:
    """Return what counts a meter's usage of a tenant in the present month, as limits want it."""
    return lambda tenant_id: used_in(present_period(tenant_id), tenant_id=tenant_id, meter=meter)


def used_in(period: Period, *, tenant_id: UUID, meter: str) -> int:
    """Return how much was used in a month, whenever it was recorded."""
    found = UsageEvent.objects.filter(
        tenant_id=tenant_id, meter=meter, occurred_at__gte=period.start, occurred_at__lt=period.end
    )
    return int(found.aggregate(total=Sum("quantity"))["total"] or 0)


def used_per_day(*, tenant_id: UUID, days: Sequence[date]) -> dict[str, list[int]]:
    """Return how much of each meter was used on each of some days in a row, of the reader's time zone."""
    first = timezone.make_aware(datetime.combine(days[0], time.min))
    found = UsageEvent.objects.filter(tenant_id=tenant_id, occurred_at__gte=first)
    by_day = found.annotate(day=TruncDate("occurred_at")).values("meter", "day").order_by()
    totals = {(row["meter"], row["day"]): row["total"] for row in by_day.annotate(total=Sum("quantity"))}
    return {name: [totals.get((name, day), 0) for day in days] for name in {name for name, _day in totals}}


def used_per_month(*, tenant_id: UUID, months: Sequence[date]) -> dict[str, list[int]]:
    """Return how much of each meter was used in each of some months in a row, given by their first days."""
    rows = UsageEvent.objects.filter(
        tenant_id=tenant_id, occurred_at__gte=timezone.make_aware(datetime.combine(months[0], time.min))
    )
    sums = UsageDay.objects.filter(tenant_id=tenant_id, day__gte=months[0])
    totals: Counter[tuple[str, date]] = Counter()
    for found, moment in ((rows, TruncMonth(TruncDate("occurred_at"))), (sums, TruncMonth("day"))):
        by_month = found.annotate(month=moment).values("meter", "month").order_by()
        for row in by_month.annotate(total=Sum("quantity")):
            totals[row["meter"], row["month"]] += row["total"]
    return {name: [totals[name, month] for month in months] for name in {name for name, _month in totals}}


def last_months(now: datetime, number: int) -> list[date]:
    """Return the first days of the last months, the present one last."""
    first = now.replace(day=1)
    return [_months_after(first, -ago).date() for ago in range(number - 1, -1, -1)]


def _paid_period(tenant_id: UUID) -> Period | None:
    """Return the period that is paid for, from Valkey where it is warm."""
    found = answers.kept(
        f"billing:{tenant_id}:period",
        version=version_of(tenant_id),
        read=lambda: (
            Subscription.objects.filter(tenant_id=tenant_id, is_current=True)
            .values_list("period_start", "period_end")
            .first()
        ),
    )
    return Period(start=found[0], end=found[1]) if found and all(found) else None


def _months_after(anchor: datetime, months: int) -> datetime:
    """Return the same time of the month `months` later, on its last day if it is shorter."""
    year, month = divmod(anchor.month - 1 + months, 12)
    day = min(anchor.day, monthrange(anchor.year + year, month + 1)[1])
    return anchor.replace(year=anchor.year + year, month=month + 1, day=day)
