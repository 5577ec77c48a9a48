"""One `make dev` in one checkout; and what a crashed one left behind."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from config import env
from config.embedded.place import command_of

PATH = env.ROOT / "var" / "dev.lock"
STOP_TIMEOUT = 15.0  # seconds
KILL_TIMEOUT = 3.0  # seconds


class AlreadyRunningError(Exception):
    """Another `make dev` holds this checkout."""


class Run:
    """What is known of the present run, written down in case it cannot clean up after itself."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._children: list[int] = []
        self._write()

    def remember(self, child: int) -> None:
        """Note a child's process group."""
        self._children.append(child)
        self._write()

    def _write(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "url": env.base_url(), "children": self._children}, self._file)
        self._file.flush()


@contextmanager
def only_one() -> Iterator[Run]:
    """Hold the checkout. Raises AlreadyRunningError; ends the processes that a crashed run left."""
    with _open() as file:
        if not _take(file):
            holder = _read(file)
            raise AlreadyRunningError(
                f"It already runs here: {holder.get('url')} (process {holder.get('pid')}). "
                "Stop it there with Ctrl-C first."
            )
        _end_leftovers(_read(file).get("children", []))
        yield Run(file)
        file.truncate(0)


def stop_running() -> None:
    """Stop the `make dev` of this checkout, if one runs, and what a crashed one left."""
    with _open() as file:
        deadline = time.monotonic() + STOP_TIMEOUT
        while not _take(file):
            if time.monotonic() > deadline:
                raise AlreadyRunningError("It runs here and does not stop. Stop it with Ctrl-C first.")
            with suppress(ProcessLookupError, KeyError):
                os.kill(_read(file)["pid"], signal.SIGTERM)
            time.sleep(0.3)
        _end_leftovers(_read(file).get("children", []))


def _open() -> IO[str]:
    PATH.parent.mkdir(exist_ok=True)
    return open(PATH, "a+", opener=lambda path, flags: os.open(path, flags, 0o600))


def _take(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        return dict(json.load(file))
    except ValueError:  # empty after a clean end
        return {}


def _end_leftovers(groups: list[int]) -> None:
    for group in groups:
        if str(env.ROOT / "manage.py") in command_of(group):  # process numbers are used again
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
                _wait_for_end(group)


def _wait_for_end(group: int) -> None:
    """Until it is gone, it holds its port. Raises ProcessLookupError then."""
    deadline = time.monotonic() + KILL_TIMEOUT
    while time.monotonic() < deadline:
        os.killpg(group, 0)
        time.sleep(0.02)
