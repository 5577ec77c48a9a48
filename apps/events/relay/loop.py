"""The relay's life: sleep until somebody publishes, hand on, wake the workers."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from apps.core import clock, scope
from apps.events.models import Delivery
from apps.events.relay.outbox import Row, hand_on
from apps.events.relay.shards import Shards
from apps.events.relay.stream import SinkUnavailable

POLL = (
    1.0  # seconds: retries that have become due, shards of relays that are gone, and notices that were missed
)

log = structlog.get_logger()


class Relay:
    """Hands on what is published, until it is told to stop.

    :param wake: called with the consumers for which something is due; may fail, for they are told again
    :param sink: see `hand_on`
    """

    def __init__(
        self,
        *,
        wake: Callable[[frozenset[str]], None],
        stopping: Callable[[], bool],
        sink: Callable[[list[Row]], None] | None = None,
    ) -> None:
        self._wake, self._stopping, self._sink = wake, stopping, sink
        self._shards = Shards()

    def run(self) -> None:
        with scope.activate(scope.Scope(role="platform")):
            while not self._stopping():
                try:
                    self._work_until_disturbed()
                except (OperationalError, InterfaceError) as error:
                    log.warning("relay.database_unavailable", exc_info=error)
                    self._shards.forget()
                    connection.close()
                    time.sleep(POLL)
                except SinkUnavailable as error:
                    log.warning("relay.sink_unavailable", exc_info=error)
                    time.sleep(POLL)
            with suppress(DatabaseError):
                self._shards.release()

    def _work_until_disturbed(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("listen events_outbox")
        while not self._stopping():
            self._shards.share()
            self._wake_for(due_consumers())
            self._hand_on_until_notices_stop()

    def _hand_on_until_notices_stop(self) -> None:
        """Work as long as somebody publishes; return after a quiet moment, or a second at the latest."""
        until = time.monotonic() + POLL
        while not self._stopping():
            while (batch := self._hand_on()) and not self._stopping():
                self._wake_for(batch)
            left = until - time.monotonic()
            if left <= 0 or not self._is_noticed(left):
                return

    def _hand_on(self) -> frozenset[str] | None:
        """Hand on one batch; return the consumers to wake, or None if there was nothing."""
        batch = hand_on(shards=self._shards.held, sink=self._sink)
        return batch.consumers if batch.events else None

    def _is_noticed(self, seconds: float) -> bool:
        session: Any = connection.connection
        return any(True for _notice in session.notifies(timeout=seconds, stop_after=1))

    def _wake_for(self, consumers: frozenset[str]) -> None:
        if consumers:
            self._wake(consumers)


def due_consumers() -> frozenset[str]:
    """Return the consumers for which something is due, as the platform."""
    due = Delivery.objects.filter(
        delivered_at=None, parked_at=None, discarded_at=None, due_at__lte=clock.now()
    )
    return frozenset(due.order_by().values_list("consumer", flat=True).distinct())
