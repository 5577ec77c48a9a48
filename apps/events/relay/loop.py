"""The relay: sleep until somebody publishes, hand on, wake the workers."""

from collections.abc import Callable

from apps.core import clock
from apps.core.daemon import Daemon
from apps.events.models import Delivery
from apps.events.relay.outbox import Sink, hand_on
from apps.events.relay.shards import Shards

Wake = Callable[[frozenset[str]], None]


def relay(*, wake: Wake, sink: Sink | None = None) -> Daemon:
    """Return a daemon that hands on what is published.

    :param wake: called with the consumers for which something is due; called again while it is
    :param sink: see `hand_on`
    """
    shards = Shards()

    def look() -> None:
        shards.share()
        if due := due_consumers():
            wake(due)

    def work() -> bool:
        batch = hand_on(shards=shards.held, sink=sink)
        if batch.consumers:
            wake(batch.consumers)
        return batch.events > 0

    return Daemon(channel="events_outbox", look=look, work=work, lost=shards.forget)


def due_consumers() -> frozenset[str]:
    """Return the consumers for which something is due, as the platform."""
    due = Delivery.objects.filter(
        delivered_at=None, parked_at=None, discarded_at=None, due_at__lte=clock.now()
    )
    return frozenset(due.order_by().values_list("consumer", flat=True).distinct())
