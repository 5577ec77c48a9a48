"""Modules in processes of their own, with databases of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from tests import databases
from tests.databases import ROOT

READY_TIMEOUT = 60.0  # seconds


@dataclass(slots=True)
class ModuleProcess:
    """`manage.py serve_module <name>`, which can be killed and started again."""

    name: str
    database: str
    port: int = 0
    _running: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it on its port, and wait until it is ready."""
        self.port = self.port or free_port()
        given = urlsplit(os.environ["DATABASE_URL"])
        self._running = subprocess.Popen(
            [sys.executable, "manage.py", "serve_module", self.name, "--port", str(self.port)],
            cwd=ROOT,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "DATABASE_URL": given._replace(path=f"/{self.database}").geturl(),
            },
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + READY_TIMEOUT
        while not self._is_ready():
            assert self._running.poll() is None, f"serve_module {self.name} has ended"
            assert time.monotonic() < deadline, f"serve_module {self.name} did not become ready"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it and its workers, without any warning."""
        if self._running:
            os.killpg(self._running.pid, signal.SIGKILL)
            self._running.wait()
            self._running = None

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(name: str) -> Iterator[ModuleProcess]:
    """Serve a module from a fresh database for the block."""
    database = databases.clone(f"{name}_{free_port()}")
    process = ModuleProcess(name, database)
    try:
        process.start()
        yield process
    finally:
        process.kill()
        databases.drop(database)
