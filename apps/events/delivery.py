"""Delivering: from the consumers' deliveries to their handlers, as the platform.

Deliveries are claimed by one statement, which also schedules the next try; so a process that dies during a try
loses nothing, and does not try for ever. The handler's effect and the mark “delivered” are one transaction, which
several deliveries share as long as they are quick. A lane's next delivery becomes due in the transaction that ends
the one before it, so nothing overtakes.
"""

import json
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, transaction

from apps.core import clock, placement, scope, subscriptions
from apps.core.codec import decode
from apps.core.errors import Unavailable
from apps.core.failures import describe, is_lost
from apps.events.models import Delivery

MOST = 20  # first tries that are claimed at once
QUICK = 0.02  # seconds; then what was delivered together is committed
MAX_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)

# What failed before is claimed alone: what ends the process must not count as a try of its neighbours. The claim need
# not reach the disk: a database that forgets it has lost the worker too, and the next one claims again.
CLAIM = """
    with due as (
        select id, attempts, due_at, seq from events_delivery
        where consumer = %(consumer)s and due_at <= %(now)s
            and delivered_at is null and parked_at is null and discarded_at is null
        order by due_at, seq, id limit %(most)s for update skip locked
    ), oldest as (select id, attempts from due order by due_at, seq, id limit 1)
    update events_delivery delivery
    set attempts = due.attempts + 1,
        due_at = %(now)s + (%(waits)s::interval[])[least(due.attempts + 1, cardinality(%(waits)s::interval[]))]
    from due, oldest, events_outbox event, set_config('synchronous_commit', 'off', true)
    where delivery.id = due.id and event.id = delivery.event_id
        and case when oldest.attempts > 0 then due.id = oldest.id else due.attempts = 0 end
    returning due.due_at, delivery.seq, delivery.id, delivery.consumer, delivery.lane, delivery.attempts,
        event.id, event.type, event.payload, event.headers, event.tenant_id, event.occurred_at,
        (select count(*) from due)
"""
MARK = """
    update events_delivery set delivered_at = %s, error = ''
    where id = any(%s) and delivered_at is null and discarded_at is null
"""

log = structlog.get_logger()
_random = random.SystemRandom()


class UndeliverableError(Exception):
    """Trying again would not help, so the delivery waits for staff."""


class DeliveredElsewhereError(Exception):
    """Another worker has delivered it: this one was too slow."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run did."""

    delivered: int = 0
    failed: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Claimed:
    """A delivery to try, and its event. In the order in which they fell due."""

    due_at: datetime
    seq: int
    id: UUID
    consumer: str
    lane: str
    attempts: int
    event_id: UUID
    type: str
    payload: str
    headers: str
    tenant_id: UUID | None
    occurred_at: datetime
    due: int  # how many were when it was claimed, itself included


def drain(*, consumer: str, stopping: Callable[[], bool] = lambda: False) -> Tally:
    """Deliver what is due at a consumer until nothing is, or `stopping` says so; return what was done."""
    tally = Tally()
    with scope.activate(scope.Scope(role="platform")):
        more = True
        while more and not stopping():
            claimed = _claim(consumer)
            waiting = deque(claimed)
            while waiting:
                for outcome in _deliver_together(waiting):
                    setattr(tally, outcome, getattr(tally, outcome) + 1)
            more = any(one.lane or one.due > len(claimed) or one.due == MOST for one in claimed)
    return tally


def wait_after(attempt: int) -> timedelta:
    """Return how long to wait after a try: twice as long each time, less up to half by chance."""
    longest = min(FIRST_WAIT * 2 ** min(attempt - 1, MAX_ATTEMPTS + 2), LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1)


def _claim(consumer: str) -> list[Claimed]:
    waits = [wait_after(attempt) for attempt in range(1, MAX_ATTEMPTS + 1)]
    asked = {"consumer": consumer, "now": clock.now(), "most": MOST, "waits": waits}
    with connection.planned_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(CLAIM, asked)
        return sorted(Claimed(*row) for row in cursor.fetchall())


def _deliver_together(waiting: deque[Claimed]) -> list[str]:
    """Take some from the left and deliver them in one transaction, or each alone if one fails; return the outcomes.

    A lane's delivery has its own transaction: the next one of the lane waits for it.
    """
    taken = [waiting.popleft()]
    if taken[0].lane or not waiting:
        return [_deliver(taken[0])]
    until = monotonic() + QUICK
    try:
        with transaction.atomic():
            _hand_over(taken[0])
            while waiting and monotonic() < until and not waiting[0].lane:
                taken.append(waiting.popleft())
                _hand_over(taken[-1])
            if not _mark(taken):
                raise DeliveredElsewhereError
    except Exception as error:  # Whose fault it is, shows when each is delivered alone.
        log.info("event.apart", consumer=taken[0].consumer, deliveries=len(taken), exc_info=error)
        return [_deliver(delivery) for delivery in taken]
    return ["delivered"] * len(taken)


def _deliver(delivery: Claimed) -> str:
    """Try once; return the field of `Tally` to count it in."""
    try:
        with transaction.atomic():
            if _mark([delivery]):  # first, which keeps others from it
                _hand_over(delivery)
                call_next(delivery)
    except Exception as error:
        if is_lost(error):  # Nothing can be noted, and the claim has set the next try.
            raise
        return _note_failure(delivery, error)
    return "delivered"


def _mark(deliveries: list[Claimed]) -> bool:
    """Mark as delivered; tell whether all of them still waited."""
    with connection.planned_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(MARK, [clock.now(), [delivery.id for delivery in deliveries]])
        return cursor.rowcount == len(deliveries)


def _hand_over(delivery: Claimed) -> None:
    if delivery.attempts > MAX_ATTEMPTS:
        raise UndeliverableError("The process ended during the last try.")
    event, handler = _handler_of(delivery)
    with scope.activate(_scope_of(delivery)), subscriptions.delivering(delivery.occurred_at):
        handler(event)


def call_next(delivery: Claimed | Delivery) -> None:
    """Make the next of an ended delivery's lane due, in the transaction that ends it."""
    if not delivery.lane:
        return
    with connection.cursor() as cursor:  # The relay holds the same lock while it adds to the lane.
        cursor.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"{delivery.consumer} {delivery.lane}"]
        )
    waiting = Delivery.objects.filter(
        consumer=delivery.consumer, lane=delivery.lane, delivered_at=None, discarded_at=None
    ).exclude(lane="")
    first = waiting.exclude(id=delivery.id).order_by("seq").values("id")[:1]
    Delivery.objects.filter(id__in=first, due_at=None).update(due_at=clock.now())


def _handler_of(delivery: Claimed) -> tuple[Any, subscriptions.Handler]:
    try:
        kind, handler = subscriptions.handler_of(delivery.type, delivery.consumer)
    except KeyError as error:
        raise UndeliverableError("The consumer no longer exists.") from error
    try:
        return decode(kind, json.loads(delivery.payload)), handler
    except (TypeError, ValueError, AttributeError) as error:
        raise UndeliverableError("The payload does not fit the event.") from error


def _scope_of(delivery: Claimed) -> scope.Scope:
    headers = json.loads(delivery.headers)
    user_id = headers.get("user_id", "")
    carried: dict[str, Any] = {
        "request_id": headers.get("request_id", ""),
        "trace": headers.get("traceparent", ""),
        "cause": scope.Cause(event_id=delivery.event_id, user_id=UUID(user_id) if user_id else None),
    }
    if delivery.tenant_id is None:
        return scope.Scope(**carried)
    try:
        cell = placement.cell_of(delivery.tenant_id)
    except placement.UnknownTenant as error:
        raise UndeliverableError("The tenant no longer exists.") from error
    return scope.Scope(tenant_id=delivery.tenant_id, cell=cell, **carried)


def _note_failure(delivery: Claimed, error: Exception) -> str:
    attempts = delivery.attempts
    if isinstance(error, Unavailable):  # Nothing is wrong with the event: it waits as long as it takes.
        attempts = min(attempts, MAX_ATTEMPTS - 1)
    parked = isinstance(error, UndeliverableError) or attempts >= MAX_ATTEMPTS
    with transaction.atomic():
        Delivery.objects.filter(id=delivery.id).update(
            attempts=attempts,
            error=str(error) if isinstance(error, UndeliverableError) else describe(error),
            parked_at=clock.now() if parked else None,
        )
    log.error(
        "event.parked" if parked else "event.failed",
        delivery=str(delivery.id),
        consumer=delivery.consumer,
        attempt=attempts,
        exc_info=error,
    )
    return "parked" if parked else "failed"
