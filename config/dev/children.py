"""The processes that `make dev` runs, and their output."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from config import env
from config.dev.lock import Run
from config.dev.terminal import Terminal

STOP_TIMEOUT = 5.0  # seconds
CODE_CHANGED = 3  # the exit code of runserver's reloader
CHILD_VARIABLES = {
    "PYTHONUNBUFFERED": "1",
    "RUN_MAIN": "true",  # we are the reloader's parent: its own would load Django a second time
    "DJANGO_RUNSERVER_HIDE_WARNING": "true",
}


class ChildError(Exception):
    """A process that we need has ended or does not work; the message says which."""


class Children:
    """Runs commands of manage.py. Leaving the `with` block ends those that still run."""

    def __init__(self, terminal: Terminal, run: Run) -> None:
        self._terminal = terminal
        self._run = run
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._commands: dict[str, tuple[str, ...]] = {}
        self._readers: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._end_all()
        for reader in self._readers:
            reader.join(timeout=1)

    def start(self, name: str, *command: str) -> None:
        """Start a command that goes on. All are started again when `runserver` says that the code has changed."""
        process = subprocess.Popen(
            [sys.executable, str(env.ROOT / "manage.py"), *command],
            cwd=env.ROOT,
            env=os.environ | CHILD_VARIABLES | {"NO_COLOR": "" if self._terminal.colourful else "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C comes to us alone, and we end the children in order
        )
        self._run.remember(process.pid)
        self._running[name], self._commands[name] = process, command
        reader = threading.Thread(target=self._read, args=(name, process), daemon=True)
        reader.start()
        self._readers.append(reader)

    def finish(self, name: str, *command: str) -> None:
        """Run a command to its end. Raises ChildError unless it succeeds."""
        self.start(name, *command)
        process = self._running[name]
        if process.wait() != 0:
            raise ChildError(f"`manage.py {' '.join(command)}` failed; see its lines above.")
        del self._running[name]

    def check(self) -> None:
        """Raises ChildError if a command that should go on has ended."""
        for name, process in list(self._running.items()):
            if process.poll() == CODE_CHANGED:
                self._start_all_again()
                return
            if process.returncode is not None:
                code = process.returncode
                raise ChildError(f"{name} has ended with exit code {code}; see above. The rest is stopped.")

    def _start_all_again(self) -> None:
        """All of them: what runs in the background does not look for changed code itself."""
        self._end_all()
        for name, command in list(self._commands.items()):
            if name in self._running:
                self.start(name, *command)

    def watch(self, check_servers: Callable[[], None]) -> None:
        """Wait until one of them ends, and raise ChildError; or until `check_servers` raises."""
        for turn in itertools.count():
            if turn % 5 == 0:
                check_servers()
            self.check()
            time.sleep(0.2)

    def _end_all(self) -> None:
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_TIMEOUT
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0, deadline - time.monotonic()))
            _signal(process, signal.SIGKILL)  # the whole group: runserver's reloader has a child of its own

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self._terminal.log(name, line.rstrip("\n"))


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
