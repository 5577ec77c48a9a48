"""Where a pair of embedded servers keeps its files, which system user runs it, and who is using it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"


class EmbeddedServerError(Exception):
    """An embedded server cannot be started. The message says why and what to do, in words for people."""


class Place:
    """Files of the pair called `name`.

    Settings and locks lie in var/embedded. The servers' data lies there too, except for root: PostgreSQL
    refuses to run as root, and another user may not be able to read the checkout, so data moves to /var/tmp.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.settings_file = VAR / "embedded" / f"{name}.json"
        self.home = data_folder() / name
        self._users: int | None = None

    @contextmanager
    def starting(self) -> Iterator[None]:
        """Let one process at a time start or stop this pair."""
        VAR.joinpath("embedded").mkdir(parents=True, exist_ok=True)
        handle = _open_lock(VAR / "embedded" / f"{self.name}.start.lock")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def join(self) -> None:
        """Count this process among the users of the pair; the system forgets it when the process dies."""
        _make_passable(self.home)
        self._users = _open_lock(VAR / "embedded" / f"{self.name}.users.lock")
        fcntl.flock(self._users, fcntl.LOCK_SH)

    def release(self) -> bool:
        """Stop counting this process. True if it was the last user."""
        if self._users is None:
            return False
        handle, self._users = self._users, None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            os.close(handle)

    def check(self, name: str, folder: str) -> None:
        """Raise EmbeddedServerError if the server with its data in `folder` does not listen."""
        try:
            socket.create_connection(("127.0.0.1", self.setting(f"{folder}_port")), timeout=5).close()
        except OSError as error:
            log = self.home / folder / "server.log"
            raise EmbeddedServerError(
                f"{name} has ended, so the rest stops too. Start again with `make dev`. Its log, {log}:\n{tail(log)}"
            ) from error

    def setting(self, key: str, default: Any = None) -> Any:
        return self._settings().get(key, default)

    def remember(self, **values: Any) -> None:
        """Keep ports and passwords for the next start, readable by this user only."""
        fresh = self.settings_file.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(self._settings() | values, file, indent=2)
        fresh.replace(self.settings_file)

    def password(self, key: str) -> str:
        """The password kept under `key`, made on first use."""
        if not self.setting(key):
            self.remember(**{key: secrets.token_hex(24)})
        return str(self.setting(key))

    def _settings(self) -> dict[str, Any]:
        if not self.settings_file.exists():
            return {}
        values = json.loads(self.settings_file.read_text())
        return values if isinstance(values, dict) else {}


def all_places() -> list[Place]:
    """Every pair this checkout has ever started and not reset."""
    names = {path.name.split(".")[0] for path in VAR.glob("embedded/*.lock")}
    return [Place(name) for name in sorted(names)]


def server_user() -> dict[str, Any]:
    """Arguments for `subprocess` that run a server without root's rights; empty for everybody but root."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def give_to_server(path: Path) -> None:
    """Let the system user that runs the servers own `path`."""
    user = server_user()
    if user:
        os.chown(path, user["user"], user["group"])


def free_port(preferred: int | None) -> int:
    """`preferred` if nobody listens there, else any free port on the loopback address."""
    for port in (preferred or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedServerError("No free port on 127.0.0.1. Close some programs and try again.")


def tail(log: Path, lines: int = 6) -> str:
    """The last lines of a server's log, for error messages."""
    if not log.exists():
        return "(it wrote no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def copy_for_server(source: Path, key: str) -> Path:
    """A copy of a wheel that the servers' user can read, or `source` itself where no copy is needed."""
    if os.geteuid() != 0:
        return source
    target = data_folder() / f"{source.name}-{key}"
    if not target.exists():
        fresh = target.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        for folder in (source, source.with_name(f"{source.name}.libs")):
            if folder.exists():
                shutil.copytree(
                    folder, fresh / folder.name, ignore=shutil.ignore_patterns("include"), symlinks=True
                )
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(0o755)
        fresh.replace(target)
    return target / source.name


def command_of(pid: int) -> str:
    """The command line of a process, or an empty text when there is no such process."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    done = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout


def data_folder() -> Path:
    if os.geteuid() != 0:
        return VAR / "embedded"
    base = Path("/var/tmp") / f"tenon-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}"  # noqa: S108
    # Anybody may create files in /var/tmp: never trust a folder that somebody else put there.
    if base.is_symlink() or (base.exists() and (not base.is_dir() or base.stat().st_uid != 0)):
        raise EmbeddedServerError(f"{base} belongs to somebody else. Remove it and try again.")
    _make_passable(base)
    return base


def _make_passable(folder: Path) -> None:
    """Let others pass through, but not look around, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
