"""`manage.py relay`: hand published events on, and wake workers for them, until stopped."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from apps.core.daemon import DaemonCommand
from apps.events.relay.loop import relay
from apps.events.relay.stream import Stream
from apps.events.relay.waking import wake


class Command(DaemonCommand):
    help = (
        "Hand published events on to their consumers until SIGTERM or Ctrl-C. Several relays share the work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stream", default=settings.EVENTS_STREAM, help="A Valkey stream that gets every event too."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        sink = Stream(url=settings.VALKEY_URL, name=options["stream"]) if options["stream"] else None
        self.run(relay(wake=wake, sink=sink), says="Handing on events.")
