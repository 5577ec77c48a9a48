"""Relays, beats and workers in processes of their own, which can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from tests.databases import ROOT

RELAY, BEAT, WORKER = ("relay",), ("beat",), ("worker",)


class Processes:
    """Commands of manage.py on the database in use, and on one broker."""

    def __init__(self, *, broker_url: str, log: Path, **variables: str) -> None:
        given = urlsplit(os.environ["DATABASE_URL"])
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.background.settings",
            "DATABASE_URL": given._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "CELERY_BROKER_URL": broker_url,
            **variables,
        }
        self._log = log.open("ab")
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a command of manage.py, and go on at once."""
        return self.run("manage.py", *command)

    def run(self, *words: str) -> subprocess.Popen[bytes]:
        """Start Python with these arguments, and go on at once."""
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a command and its children, without any warning."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)

    def kill_all(self) -> None:
        for process in list(self.running):
            self.kill(process)
        self._log.close()


@contextmanager
def processes(**options: Any) -> Iterator[Processes]:
    """Run commands for the block; see `Processes`."""
    running = Processes(**options)
    try:
        yield running
    finally:
        running.kill_all()


def wait_until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for something to be true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)
