"""What the radar of the tenant in scope comes to: the weeks, the busiest competitors, and what is new."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Subquery, Value
from django.utils import timezone

from apps.core import clock, scope
from apps.core.ids import first_id_at
from apps.radar.models import Competitor, Signal
from apps.radar.selectors import signals

WEEKS = 8
BUSY_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days, and how many signals were seen in them: by kind, and those of high importance."""

    begins_on: date
    kinds: Mapping[str, int] = field(default_factory=dict)
    important: int = 0

    @property
    def signals(self) -> int:
        return sum(self.kinds.values())

    @property
    def prices(self) -> int:
        return self.kinds.get(Signal.Kind.PRICE, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A competitor, and how many signals it gave off in the last four weeks."""

    competitor_id: UUID
    name: str
    signals: int
    important: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """How many competitors there are, and what was added since a moment."""

    competitors: int = 0
    new: int = 0
    new_important: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The newest signals, of all kinds and about prices."""

    signals: list[Signal]
    price_moves: list[Signal]


def weeks() -> list[Week]:
    """Return the last eight weeks, oldest first. The last one ends today, in the time zone of the reader."""
    first = timezone.localdate(clock.now()) - timedelta(days=7 * WEEKS - 1)
    days = [first + timedelta(weeks=number) for number in range(WEEKS + 1)]
    kinds: list[Counter[str]] = [Counter() for _week in range(WEEKS)]
    important = Counter[int]()
    for number, kind, count, high in _counts_by_week([_midnight(day) for day in days]):
        kinds[number - 1][kind] = count
        important[number - 1] += high
    return [
        Week(begins_on=days[number], kinds=kinds[number], important=important[number])
        for number in range(WEEKS)
    ]


def busiest_competitors(limit: int = 5) -> list[Busy]:
    """Return the competitors with the most signals in the last four weeks."""
    recent = signals().filter(seen_at__gte=clock.now() - timedelta(days=BUSY_DAYS))
    found = (
        recent.order_by()
        .values("competitor_id", name=F("competitor__name"))
        .annotate(signals=Count("id"), important=Count("id", filter=Q(importance=Signal.Importance.HIGH)))
        .order_by("-signals", "-important", "name")
    )
    return [Busy(**row) for row in found[:limit]]


def newest(*, limit: int, price_moves: int) -> Newest:
    """Return the newest signals, and the newest ones about prices, in one query."""
    prices = signals().filter(kind=Signal.Kind.PRICE)[:price_moves]
    found = sorted(
        signals()[:limit].union(prices), key=lambda signal: (signal.seen_at, signal.id), reverse=True
    )
    about_prices = [signal for signal in found if signal.kind == Signal.Kind.PRICE]
    return Newest(signals=found[:limit], price_moves=about_prices[:price_moves])


def totals(*, since: datetime | None) -> Totals:
    """Return how much there is, and how much was added since a moment, whenever it was seen."""
    added = signals().order_by().filter(id__gte=first_id_at(since or clock.now()))
    found = (
        Competitor.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None)
        .values("tenant_id")
        .annotate(
            competitors=Count("id"),
            new=_count(added),
            new_important=_count(added.filter(importance=Signal.Importance.HIGH)),
        )
        .values("competitors", "new", "new_important")
        .order_by("tenant_id")
        .first()
    )
    return Totals(**{name: count or 0 for name, count in (found or {}).items()})


def _count(rows: QuerySet[Signal]) -> Subquery:
    return Subquery(rows.values("tenant_id").annotate(count=Count("id")).values("count"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _counts_by_week(begins: list[datetime]) -> QuerySet[Signal, tuple[int, str, int, int]]:
    """Count signals by week and kind. Counts kinds, not ids, since those stand in the index of the overview.

    :param begins: when each week begins, and at last when they end
    """
    week = Func(F("seen_at"), Value(begins), function="width_bucket", output_field=IntegerField())
    return (
        signals()
        .filter(seen_at__gte=begins[0], seen_at__lt=begins[-1])
        .order_by()
        .values_list(week, "kind")
        .annotate(signals=Count("kind"), important=Count("kind", filter=Q(importance=Signal.Importance.HIGH)))
    )
