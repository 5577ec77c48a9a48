"""`manage.py deliver_events`: hand published events to their consumers."""

import signal
import time
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connection

from apps.events.delivery import Tally, deliver_due

POLL = 1.0  # seconds

log = structlog.get_logger()


class Command(BaseCommand):
    help = "Hand published events to their consumers: those due now, or with --watch until stopped."
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--watch", action="store_true", help="Go on until SIGTERM or Ctrl-C; a try under way is finished."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        if options["watch"]:
            self._watch()
        else:
            self.stdout.write(sentence(deliver_due(stopping=self._is_stopping)))

    def _watch(self) -> None:
        while not self.stopping:
            self._deliver()
            if not self.stopping:
                time.sleep(POLL)

    def _deliver(self) -> None:
        try:
            close_old_connections()
            tally = deliver_due(stopping=self._is_stopping)
        except OperationalError as error:
            log.warning("events.database_unavailable", exc_info=error)
            connection.close()
            return
        if tally != Tally():
            self.stdout.write(sentence(tally))

    def _is_stopping(self) -> bool:
        return self.stopping

    def _stop(self, number: int, frame: Any) -> None:
        self.stopping = True


def sentence(tally: Tally) -> str:
    """Say what a run did."""
    return f"Delivered {tally.delivered}; to be tried again {tally.failed}; parked {tally.parked}."
