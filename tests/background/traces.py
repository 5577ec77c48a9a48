"""What handlers and tasks leave in the database, in the order in which they left it; and a gate that holds them up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from tests import databases

GATE = 4711  # a key of PostgreSQL's advisory locks
TABLES = """
    create table if not exists background_trace (
        seq bigint generated always as identity, who text, what text, number int,
        at timestamptz not null default clock_timestamp()
    );
    create table if not exists background_walk (name text primary key, steps int not null default 0);
    grant select, insert, update on background_trace, background_walk to tenon_app, tenon_platform;
"""


@dataclass(frozen=True, slots=True)
class Trace:
    who: str
    what: str
    number: int
    at: datetime


def make_tables() -> None:
    """Make the tables of this package in the database in use."""
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        admin.execute(TABLES)


def drop_tables() -> None:
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        admin.execute("drop table background_trace, background_walk")


def leave(who: str, what: str = "", number: int = 0) -> None:
    """Leave a trace, in the transaction that is open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into background_trace (who, what, number) values (%s, %s, %s)", [who, what, number]
        )


def left(who: str = "") -> list[Trace]:
    """Return the traces that somebody left, or everybody, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select who, what, number, at from background_trace where %s in ('', who) order by seq", [who]
        )
        return [Trace(*row) for row in cursor.fetchall()]


@contextmanager
def gate() -> Iterator[None]:
    """Hold up whoever comes to the gate, for the block."""
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        admin.execute("select pg_advisory_lock(%s)", [GATE])
        yield


def wait_at_gate() -> None:
    """Wait until nobody closes the gate."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s)", [GATE])


def waiting_at_gate() -> int:
    """Return how many wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and objid = %s and not granted"
            " and database = (select oid from pg_database where datname = current_database())",
            [GATE],
        )
        return int(cursor.fetchone()[0])
