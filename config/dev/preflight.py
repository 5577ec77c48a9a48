"""What must be true before `make dev` starts. Each check raises NotReadyError: a sentence with the remedy."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, LiteralString

import psycopg

from config import env
from config.embedded.place import command_of

CONNECT_TIMEOUT = 5  # seconds
SETTINGS: tuple[Callable[[], object], ...] = (
    env.port,
    env.base_url,
    env.debug,
    env.log_level,
    env.log_format,
    env.email,
    env.db_pooling,
    env.trusted_proxy_count,
)
LISTENING = "0A"  # in /proc/net/tcp


class NotReadyError(Exception):
    """`make dev` cannot go on. The message says why and what to do."""


def check() -> None:
    """Raises NotReadyError for the first thing in the way, ImproperlyConfigured for a wrong setting."""
    check_settings()
    check_port(env.port())
    check_database()
    check_valkey()


def check_settings() -> None:
    """Read what the children will read. Raises ImproperlyConfigured for a wrong one."""
    for read in SETTINGS:
        read()


def check_port(port: int) -> None:
    if not _is_taken(port):
        return
    free = next((other for other in range(port + 1, port + 100) if not _is_taken(other)), port + 100)
    raise NotReadyError(
        f"Port {port} is taken by {_holder(port)}. Stop it, or choose another port: PORT={free} make dev"
    )


def check_database() -> None:
    """Only for a server of yours: the embedded one is started later."""
    if not env.is_set("DATABASE_URL"):
        return
    env.database()
    _refuse_privileged_login()
    if not env.is_set("DATABASE_OWNER_URL"):
        raise NotReadyError(
            "DATABASE_URL is set and DATABASE_OWNER_URL is not. Set it to the login that owns the tables "
            "(tenon_owner, see .env.example), so that migrations can run."
        )
    _require_roles()
    if env.is_set("DATABASE_DIRECT_URL"):
        _query("DATABASE_DIRECT_URL", env.database_direct_url(), "select 1")


def check_valkey() -> None:
    if not env.is_set("VALKEY_URL"):
        return
    import redis  # takes half a second, and is seldom needed here

    try:
        with redis.Redis.from_url(env.valkey_url(), socket_connect_timeout=CONNECT_TIMEOUT) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise _unreachable("VALKEY_URL", str(error)) from error


def _refuse_privileged_login() -> None:
    privileged = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    if _query("DATABASE_URL", env.database_url(), privileged) == (True,):
        raise NotReadyError(
            "The login of DATABASE_URL bypasses row security, so tenants would not be kept apart. "
            "Set it to the login tenon (deploy/postgres/roles.sql)."
        )


def _require_roles() -> None:
    roles = "select count(*) from pg_roles where rolname in ('tenon_app', 'tenon_platform')"
    if _query("DATABASE_OWNER_URL", env.database_owner_url(), roles) != (2,):
        raise NotReadyError(
            "The database of DATABASE_URL lacks our roles. "
            "Run deploy/postgres/roles.sql in it as an administrator."
        )


def _query(name: str, url: str, statement: LiteralString) -> tuple[Any, ...] | None:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT) as connection:
            return connection.execute(statement).fetchone()
    except psycopg.Error as error:
        raise _unreachable(name, str(error)) from error


def _unreachable(name: str, reason: str) -> NotReadyError:
    server = "VALKEY_URL" if name == "VALKEY_URL" else "DATABASE_URL"
    first = reason.splitlines()[0].rstrip(".") if reason else "no answer"
    return NotReadyError(
        f"{name} does not work: {first}. Start that server or correct {name}, "
        f"or unset {server} so that one is started for you."
    )


def _is_taken(port: int) -> bool:
    for host in ("127.0.0.1", "::1"):
        try:
            socket.create_connection((host, port), timeout=1).close()
            return True
        except OSError:
            continue
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise NotReadyError(
                f"Port {port} is reserved for root. Choose another: PORT=8000 make dev"
            ) from error
        except OSError:
            return True
    return False


def _holder(port: int) -> str:
    """Who listens on `port`, as far as this user may know."""
    pid = _holder_from_proc(port) or _holder_from_lsof(port)
    if pid is None:
        return "another program"
    command = command_of(pid).split()
    return f"{Path(command[0]).name if command else 'a program'} (process {pid})"


def _holder_from_proc(port: int) -> int | None:
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for link in Path("/proc").glob("[0-9]*/fd/*") if sockets else []:
        try:
            if os.readlink(link) in sockets:
                return int(link.parts[2])
        except OSError:  # gone meanwhile, or somebody else's
            continue
    return None


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else []:
            columns = line.split()
            if columns[3] == LISTENING and int(columns[1].rsplit(":", 1)[1], 16) == port:
                found.add(columns[9])
    return found


def _holder_from_lsof(port: int) -> int | None:
    if shutil.which("lsof") is None:
        return None
    command = ["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout.split()[0]) if done.stdout.split() else None
