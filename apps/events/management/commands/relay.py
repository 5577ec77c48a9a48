"""`manage.py relay`: hand published events on, and wake workers for them, until stopped."""

import signal
from argparse import ArgumentParser
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from kombu.exceptions import OperationalError

from apps.events.relay.loop import Relay
from apps.events.relay.stream import Stream
from apps.events.tasks import deliver

log = structlog.get_logger()


class Command(BaseCommand):
    help = (
        "Hand published events on to their consumers until SIGTERM or Ctrl-C. Several relays share the work."
    )
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stream", default=settings.EVENTS_STREAM, help="a Valkey stream that gets every event"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        sink = Stream(url=settings.VALKEY_URL, name=options["stream"]) if options["stream"] else None
        self.stdout.write("Relaying.")
        Relay(wake=wake, stopping=lambda: self.stopping, sink=sink).run()

    def _stop(self, number: int, frame: Any) -> None:
        self.stopping = True


def wake(consumers: frozenset[str]) -> None:
    """Have a worker deliver to each consumer. Without a broker nobody is woken; the relay asks again."""
    try:
        for consumer in sorted(consumers):
            deliver.apply_async((consumer,), retry=False)
    except OperationalError as error:
        log.warning("relay.broker_unavailable", exc_info=error)
