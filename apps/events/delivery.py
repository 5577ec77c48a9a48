"""Delivering: from the consumers' deliveries to their handlers, as the platform.

A delivery is claimed in one transaction, which also schedules the next try; so a process that dies during a try
loses nothing, and does not try for ever. The handler's effect and the mark “delivered” are one more. A lane's next
delivery becomes due in the transaction that ends the one before it, so nothing overtakes.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, connection, transaction

from apps.core import clock, placement, scope, subscriptions
from apps.core.codec import decode
from apps.core.errors import Unavailable
from apps.core.failures import describe
from apps.events.models import Delivery, OutboxEvent

CLAIM = 20  # first tries that are claimed at once; a delivery that failed is claimed alone
MAX_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)

log = structlog.get_logger()
_random = random.SystemRandom()


class UndeliverableError(Exception):
    """Trying again would not help, so the delivery waits for staff."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What a run did."""

    delivered: int = 0
    failed: int = 0
    parked: int = 0


def drain(*, consumer: str, stopping: Callable[[], bool] = lambda: False) -> Tally:
    """Deliver what is due at a consumer until nothing is, or `stopping` says so; return what was done."""
    tally = Tally()
    with scope.activate(scope.Scope(role="platform")):
        while not stopping() and (claimed := _claim(consumer)):
            for delivery in claimed:
                outcome = _deliver(delivery)
                setattr(tally, outcome, getattr(tally, outcome) + 1)
    return tally


def wait_after(attempt: int) -> timedelta:
    """Return how long to wait after a try: twice as long each time, less up to half by chance."""
    longest = min(FIRST_WAIT * 2 ** min(attempt - 1, MAX_ATTEMPTS + 2), LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1)


def _claim(consumer: str) -> list[Delivery]:
    with transaction.atomic():
        claimed = list(_alone_if_it_failed(_due(consumer)))
        if not claimed:
            return []
        attempt = claimed[0].attempts + 1
        ids = [delivery.id for delivery in claimed]
        Delivery.objects.filter(id__in=ids).update(attempts=attempt, due_at=clock.now() + wait_after(attempt))
        for delivery in claimed:
            delivery.attempts = attempt
    return claimed


def _due(consumer: str) -> list[Delivery]:
    due = Delivery.objects.select_for_update(skip_locked=True).filter(
        consumer=consumer, delivered_at=None, parked_at=None, discarded_at=None, due_at__lte=clock.now()
    )
    return list(due.order_by("due_at", "seq", "id")[:CLAIM])


def _alone_if_it_failed(due: list[Delivery]) -> Iterator[Delivery]:
    """Choose first tries, or one other: what ends the process must not count as a try of its neighbours."""
    if due and due[0].attempts:
        yield due[0]
        return
    yield from (delivery for delivery in due if not delivery.attempts)


def _deliver(delivery: Delivery) -> str:
    """Try once; return the field of `Tally` to count it in."""
    try:
        with transaction.atomic():
            _hand_over(delivery.id)
    except (
        OperationalError
    ):  # The database went away: nothing can be noted, and the claim has set the next try.
        raise
    except Exception as error:
        return _note_failure(delivery, error)
    return "delivered"


def _hand_over(delivery_id: UUID) -> None:
    found = Delivery.objects.select_for_update(of=("self",)).select_related("event")
    delivery = found.get(id=delivery_id)
    if delivery.delivered_at or delivery.discarded_at:
        return
    if delivery.attempts > MAX_ATTEMPTS:
        raise UndeliverableError("The process ended during the last try.")
    event, handler = _handler_of(delivery)
    with scope.activate(_scope_of(delivery.event)), subscriptions.delivering(delivery.event.occurred_at):
        handler(event)
    delivery.delivered_at, delivery.error = clock.now(), ""
    delivery.save(update_fields=["delivered_at", "error"])
    call_next(delivery)


def call_next(delivery: Delivery) -> None:
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


def _handler_of(delivery: Delivery) -> tuple[Any, subscriptions.Handler]:
    try:
        kind, handler = subscriptions.handler_of(delivery.event.type, delivery.consumer)
    except KeyError as error:
        raise UndeliverableError("The consumer no longer exists.") from error
    try:
        return decode(kind, delivery.event.payload), handler
    except (TypeError, ValueError, AttributeError) as error:
        raise UndeliverableError("The payload does not fit the event.") from error


def _scope_of(event: OutboxEvent) -> scope.Scope:
    user_id = event.headers.get("user_id", "")
    carried: dict[str, Any] = {
        "request_id": event.headers.get("request_id", ""),
        "trace": event.headers.get("traceparent", ""),
        "cause": scope.Cause(event_id=event.id, user_id=UUID(user_id) if user_id else None),
    }
    if event.tenant_id is None:
        return scope.Scope(**carried)
    try:
        cell = placement.cell_of(event.tenant_id)
    except placement.UnknownTenant as error:
        raise UndeliverableError("The tenant no longer exists.") from error
    return scope.Scope(tenant_id=event.tenant_id, cell=cell, **carried)


def _note_failure(delivery: Delivery, error: Exception) -> str:
    if isinstance(error, Unavailable):  # Nothing is wrong with the event: it waits as long as it takes.
        delivery.attempts = min(delivery.attempts, MAX_ATTEMPTS - 1)
    parked = isinstance(error, UndeliverableError) or delivery.attempts >= MAX_ATTEMPTS
    delivery.error = str(error) if isinstance(error, UndeliverableError) else describe(error)
    delivery.parked_at = clock.now() if parked else None
    with transaction.atomic():
        delivery.save(update_fields=["attempts", "error", "parked_at"])
    log.error(
        "event.parked" if parked else "event.failed",
        delivery=str(delivery.id),
        consumer=delivery.consumer,
        attempt=delivery.attempts,
        exc_info=error,
    )
    return "parked" if parked else "failed"
