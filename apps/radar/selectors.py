"""Reading the radar of the tenant in scope."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import clock, scope
from apps.core.errors import NotFound
from apps.radar.interface import CompetitorNotFound, SignalNotFound
from apps.radar.models import Competitor, Import, Signal

WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Seven days, and how many signals were seen in them."""

    begins_on: date
    signals: int = 0
    prices: int = 0
    important: int = 0


def competitors() -> QuerySet[Competitor]:
    """Return the competitors by name, each with `last_seen_at`, the time of its newest signal."""
    newest = signals().filter(competitor_id=OuterRef("id")).values("seen_at")[:1]
    return (
        Competitor.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None)
        .annotate(last_seen_at=Subquery(newest))
        .order_by("name", "id")
    )


def competitor(competitor_id: UUID) -> Competitor:
    """Return a competitor.

    :raises CompetitorNotFound: if there is none
    """
    found = competitors().filter(id=competitor_id).first()
    if found is None:
        raise CompetitorNotFound
    return found


def signals() -> QuerySet[Signal]:
    """Return the signals with their competitor, newest first."""
    return (
        Signal.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None)
        .select_related("competitor")
        .order_by("-seen_at", "-id")
    )


def signal(signal_id: UUID) -> Signal:
    """Return a signal with its competitor.

    :raises SignalNotFound: if there is none
    """
    found = signals().filter(id=signal_id).first()
    if found is None:
        raise SignalNotFound
    return found


def import_file(import_id: UUID) -> Import:
    """Return an import of the person in scope that is not finished.

    :raises NotFound: if there is none
    """
    found = Import.objects.filter(
        tenant_id=scope.tenant_id(), id=import_id, owner_id=scope.user_id(), finished_at=None
    ).first()
    if found is None:
        raise NotFound(_("This import is finished or was discarded. Choose the file again."))
    return found


def weeks() -> list[Week]:
    """Return the last eight weeks, oldest first. The last one ends today, in the time zone of the reader."""
    today = timezone.localdate(clock.now())
    first = today - timedelta(days=7 * WEEKS - 1)
    days = list(_counts_by_day(_midnight(first)))
    return [_week(first + timedelta(weeks=number), days) for number in range(WEEKS)]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _counts_by_day(since: datetime) -> QuerySet[Signal, tuple[date, int, int, int]]:
    return (
        signals()
        .filter(seen_at__gte=since)
        .order_by()
        .values_list(TruncDate("seen_at"))
        .annotate(
            signals=Count("id"),
            prices=Count("id", filter=Q(kind=Signal.Kind.PRICE)),
            important=Count("id", filter=Q(importance=Signal.Importance.HIGH)),
        )
    )


def _week(begins_on: date, days: Iterable[tuple[date, int, int, int]]) -> Week:
    ends_on = begins_on + timedelta(days=7)
    inside = [counts for day, *counts in days if begins_on <= day < ends_on]
    signals, prices, important = (
        (sum(column) for column in zip(*inside, strict=True)) if inside else (0, 0, 0)
    )
    return Week(begins_on=begins_on, signals=signals, prices=prices, important=important)
