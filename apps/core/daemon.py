"""Commands that go on until they are told to stop, and sleep until the database calls them."""

import signal
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from apps.core import scope

POLL = 1.0  # seconds: what becomes due by itself, and notices that were missed

log = structlog.get_logger()


class Unavailable(Exception):
    """Something that the work needs is away; the daemon waits and goes on."""


class Daemon:
    """Work that begins when somebody notifies a channel of PostgreSQL, and once per poll.

    :param channel: what it listens to
    :param look: called once per poll, for what nobody announces
    :param work: called until it returns False or a poll is over; after that, the daemon sleeps or looks
    :param lost: called when the session with the database has ended
    """

    def __init__(
        self,
        *,
        channel: str,
        look: Callable[[], object],
        work: Callable[[], bool],
        lost: Callable[[], object] = lambda: None,
    ) -> None:
        self._channel, self._look, self._work, self._lost = channel, look, work, lost
        self._is_stopping = False

    def stop(self) -> None:
        """Have `run` return after the piece of work under way."""
        self._is_stopping = True

    def run(self) -> None:
        """Work, as the platform, until `stop` is called. What is away is waited for."""
        with scope.activate(scope.Scope(role="platform")):
            while not self._is_stopping:
                try:
                    self._listen_and_work()
                except (OperationalError, InterfaceError) as error:
                    log.warning("daemon.database_unavailable", channel=self._channel, exc_info=error)
                    connection.close()
                    self._lost()
                    time.sleep(POLL)

    def _listen_and_work(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"listen {self._channel}")
        while not self._is_stopping:
            try:
                self._look()
                self._work_for_a_poll()
            except Unavailable as error:
                log.warning("daemon.waits", channel=self._channel, reason=str(error))
                time.sleep(POLL)

    def _work_for_a_poll(self) -> None:
        until = time.monotonic() + POLL
        while not self._is_stopping:
            while not self._is_stopping and time.monotonic() < until and self._work():
                continue
            left = until - time.monotonic()
            if left <= 0 or not self._is_called(left):
                return

    def _is_called(self, seconds: float) -> bool:
        session: Any = connection.connection
        with connection.wrap_database_errors:  # it is psycopg that is asked here, and not Django
            return any(True for _notice in session.notifies(timeout=seconds, stop_after=1))


class DaemonCommand(BaseCommand):
    """A command that runs a daemon until SIGTERM or Ctrl-C."""

    def run(self, daemon: Daemon, *, says: str) -> None:
        """Run it past a pooler, for it needs a session of its own. `says` is printed first."""
        connection.close()
        connection.settings_dict.update(
            {name: settings.DATABASE_DIRECT[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: daemon.stop())
        self.stdout.write(says)
        daemon.run()
