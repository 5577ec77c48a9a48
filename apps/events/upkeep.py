"""What staff do with deliveries that were parked; and delivering without relays and workers."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from apps.core import clock, scope
from apps.events.delivery import Tally, call_next, drain
from apps.events.models import STATES, Delivery
from apps.events.relay.loop import due_consumers
from apps.events.relay.outbox import hand_on


def deliver_due() -> Tally:
    """Hand on and deliver everything that is due, here and now; return what was done.

    Relays and workers do the same all the time; this is for tests, and for when none of them runs.
    """
    whole = Tally()
    with scope.activate(scope.Scope(role="platform")):
        while True:
            while hand_on().events:
                continue
            consumers = due_consumers()
            if not consumers:
                return whole
            for consumer in sorted(consumers):
                tally = drain(consumer=consumer)
                whole.delivered += tally.delivered
                whole.failed += tally.failed
                whole.parked += tally.parked


def replay(deliveries: Iterable[UUID]) -> int:
    """Try parked deliveries again from the first try on; return how many there were."""
    with transaction.atomic(), scope.as_role("platform"):
        parked = Delivery.objects.filter(STATES[Delivery.State.PARKED], id__in=list(deliveries))
        return parked.update(parked_at=None, attempts=0, due_at=clock.now(), error="")


def discard(deliveries: Iterable[UUID]) -> int:
    """Give parked deliveries up, so that what waits behind them goes on; return how many there were."""
    with transaction.atomic(), scope.as_role("platform"):
        parked = Delivery.objects.filter(STATES[Delivery.State.PARKED], id__in=list(deliveries))
        found = list(parked.select_for_update())
        for delivery in found:
            delivery.discarded_at = clock.now()
            delivery.save(update_fields=["discarded_at"])
            call_next(delivery)
        return len(found)
