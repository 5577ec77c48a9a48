"""The relay: sleep until somebody publishes, hand on, wake the workers."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings

from apps.core import clock
from apps.core.daemon import Daemon
from apps.events.models import Delivery
from apps.events.relay.outbox import BATCH, Sink, hand_on
from apps.events.relay.pruning import prune
from apps.events.relay.shards import Shards

PRUNE_EVERY = 3600.0  # seconds
PAUSE = 0.01  # seconds after a batch that was not full: the next ones go on together, with one wake-up
Wake = Callable[[frozenset[str]], None]


def relay(*, wake: Wake, sink: Sink | None = None) -> Daemon:
    """Return a daemon that hands on what is published.

    :param wake: called with the consumers for which something is due; called again while it is
    :param sink: see `hand_on`
    """
    shards, prune_at = Shards(), 0.0

    def look() -> None:
        nonlocal prune_at
        shards.share()
        if time.monotonic() >= prune_at:
            prune(older_than=timedelta(days=settings.EVENTS_KEEP_DAYS))
            prune_at = time.monotonic() + PRUNE_EVERY
        if due := due_consumers():
            wake(due)

    def work() -> bool:
        batch = hand_on(shards=shards.held, sink=sink)
        if batch.consumers:
            wake(batch.consumers)
        if 0 < batch.events < BATCH:
            time.sleep(PAUSE)
        return batch.events > 0

    return Daemon(channel="events_outbox", look=look, work=work, lost=shards.forget)


def due_consumers() -> frozenset[str]:
    """Return the consumers for which something is due, as the platform."""
    due = Delivery.objects.filter(
        delivered_at=None, parked_at=None, discarded_at=None, due_at__lte=clock.now()
    )
    return frozenset(due.order_by().values_list("consumer", flat=True).distinct())
