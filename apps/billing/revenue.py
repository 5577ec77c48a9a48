"""What subscriptions bring in a month, and how many come and go: from their rows, in smallest units.

Discounts, usage and taxes are left out, and so is what is not charged for now. Months that are over are seen with the
prices and seats of now.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from apps.billing.models import Subscription
from apps.core import clock

MONTHS = 12
IN_A_YEAR = {"month": 12, "year": 1}
NEVER_PAID = ("incomplete", "incomplete_expired")
SUSPENDED = ("unpaid", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A subscription, and from when until when it was or is paid. `amount` is that of an interval."""

    currency: str
    amount: int
    interval: str
    paid_from: datetime
    ended_at: datetime | None = None

    def is_paid_at(self, moment: datetime) -> bool:
        return self.paid_from <= moment and (self.ended_at is None or moment < self.ended_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month of UTC. `recurring` is what comes in by currency as it ends, or now; churn is in per mille."""

    start: datetime
    recurring: dict[str, int]
    started: int
    ended: int
    churn: int | None

    @property
    def percent(self) -> Decimal | None:
        """The churn for people to read."""
        return None if self.churn is None else Decimal(self.churn) / 10


def contracts() -> list[Contract]:
    """Return every subscription that was ever paid, of all workspaces."""
    rows = Subscription.objects.filter(awaits_first_payment=False, collection_paused=False).exclude(
        status__in=(*NEVER_PAID, *SUSPENDED)
    )
    found = (
        Contract(
            currency=row.currency.upper(),
            amount=row.unit_amount * row.quantity,
            interval=row.interval,
            paid_from=max(row.started_at, row.trial_end or row.started_at),
            ended_at=row.ended_at,
        )
        for row in rows.iterator()
    )
    return [one for one in found if one.ended_at is None or one.paid_from < one.ended_at]


def recurring(paid: Iterable[Contract]) -> dict[str, int]:
    """Return what contracts bring in a month by currency. It is rounded once, down."""
    in_a_year: dict[str, int] = defaultdict(int)
    for one in paid:
        in_a_year[one.currency] += one.amount * IN_A_YEAR.get(one.interval, 0)
    return {currency: amount // 12 for currency, amount in sorted(in_a_year.items())}


def months(found: Sequence[Contract]) -> list[Month]:
    """Return the last months, the present one last."""
    return [_month(found, start, end) for start, end in _starts(clock.now())]


def _month(found: Sequence[Contract], start: datetime, end: datetime) -> Month:
    before = [one for one in found if one.is_paid_at(start) and one.paid_from < start]
    ended = [one for one in found if one.ended_at and start <= one.ended_at < end]
    lost = sum(one.paid_from < start for one in ended)
    last = min(end - timedelta(microseconds=1), clock.now())
    return Month(
        start=start,
        recurring=recurring(one for one in found if one.is_paid_at(last)),
        started=sum(start <= one.paid_from < end for one in found),
        ended=len(ended),
        churn=lost * 1000 // len(before) if before else None,
    )


def _starts(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the first moments of the last months and of those after them."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for ago in range(MONTHS - 1, -1, -1):
        yield _moved(first, -ago), _moved(first, 1 - ago)


def _moved(first: datetime, by: int) -> datetime:
    years, month = divmod(first.month - 1 + by, 12)
    return first.replace(year=first.year + years, month=month + 1)
