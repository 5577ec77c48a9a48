"""Everything the emulator knows: Stripe's objects as JSON, in one SQLite file. Keys with `_` are never shown."""

import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from apps.billing.emulator.engine.moments import next_moment
from apps.billing.emulator.errors import missing

Json = dict[str, Any]
VERSION = 4  # of the tables and of what is in them: a file of another one is begun anew
REMEMBERED = 24 * 60 * 60  # seconds
TABLES = """
create table if not exists objects (
    seq integer primary key, id text unique, kind text, body text, due integer, clock text
);
create index if not exists objects_by_kind on objects (kind, seq);
create index if not exists objects_by_due on objects (clock, due) where due is not null;
create table if not exists answers (key text primary key, request text, status integer, body text, at integer);
create table if not exists facts (name text primary key, value);
create table if not exists deliveries (
    id integer primary key, place integer, event text, endpoint text, attempts integer default 0,
    due real default 0, state text default 'pending', status integer
);
create index if not exists deliveries_by_state on deliveries (state, due);
"""


class Store:
    """Used under one lock, and each request is one transaction."""

    url = ""  # the emulator's own address
    request: str | None = None  # the call that is being answered
    idempotency_key: str | None = None
    clock: str | None = None  # the test clock whose time it is; None is the emulator's own
    previewing = False  # what happens now will be undone
    is_new = False
    replaces = False  # what another version had written

    def __init__(self, file: str) -> None:
        if file != ":memory:":
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, check_same_thread=False)
        if (version := self.sql("pragma user_version")[0][0]) != VERSION:
            self.is_new, self.replaces = True, bool(version)
            for table in ("objects", "answers", "facts", "deliveries"):
                self.sql(f"drop table if exists {table}")
        self.sql("pragma synchronous = off")  # what a power cut takes is no loss here
        self._db.executescript(f"{TABLES} pragma user_version = {VERSION};")
        facts = {"now": int(time.time()), "ahead": 0, "invoices": 0, "after_retries": "cancel"}
        for name, value in facts.items():
            self.sql("insert or ignore into facts values (?, ?)", name, value)
        self._db.commit()

    def sql(self, statement: str, *values: Any) -> list[Any]:
        return self._db.execute(statement, values).fetchall()

    def fact(self, name: str) -> Any:
        """`now`, the clock; `ahead`, how many seconds a running clock is ahead of the world's; and counters."""
        return self.sql("select value from facts where name = ?", name)[0][0]

    def note(self, name: str, value: Any) -> None:
        self.sql("update facts set value = ? where name = ?", value, name)

    def counted(self, name: str) -> int:
        """One more than last time."""
        self.note(name, self.fact(name) + 1)
        return int(self.fact(name))

    @property
    def after_retries(self) -> str:
        """What becomes of a subscription whose renewal nobody pays: `cancel`, `unpaid` or `past_due`."""
        return str(self.fact("after_retries"))

    @property
    def now(self) -> int:
        if self.clock:
            return int(self.get("test_helpers.test_clock", self.clock)["frozen_time"])
        return int(self.fact("now"))

    @now.setter
    def now(self, value: int) -> None:
        if self.clock:
            self.save(self.get("test_helpers.test_clock", self.clock) | {"frozen_time": value})
        else:
            self.note("now", value)

    @contextmanager
    def at(self, clock: str | None) -> Iterator[None]:
        """Let it be the time of a test clock."""
        former, self.clock = self.clock, clock
        try:
            yield
        finally:
            self.clock = former

    def clock_of(self, identifier: str) -> str | None:
        """The test clock that an object lives by."""
        rows = self.sql("select clock from objects where id = ?", identifier)
        return rows[0][0] if rows else None

    def next_due(self, until: int) -> Json | None:
        """What is to be done next by the present clock."""
        rows = self.sql(
            "select body from objects where due <= ? and clock is ? order by due, seq limit 1",
            until,
            self.clock,
        )
        return json.loads(rows[0][0]) if rows else None

    @contextmanager
    def undone(self) -> Iterator[SimpleNamespace]:
        """Take back whatever is done inside, to see what would be; what is to be kept is put on the value."""
        kept = SimpleNamespace()
        former, self.previewing = self.previewing, True
        self.sql("savepoint undone")
        try:
            yield kept
        finally:
            self.sql("rollback to undone")
            self.sql("release undone")
            self.previewing = former

    def create(self, kind: str, prefix: str, **fields: Any) -> Json:
        body: Json = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self.now}
        body |= {"livemode": False, **fields}
        if self.clock and kind in ("customer", "subscription", "invoice", "invoiceitem"):
            body["test_clock"] = self.clock
        insert = "insert into objects (id, kind, body, clock) values (?, ?, ?, ?)"
        self.sql(insert, body["id"], kind, json.dumps(body), self.clock)
        return body

    def save(self, body: Json) -> None:
        due = next_moment(body)
        update = "update objects set body = ?, due = ? where id = ?"
        self.sql(update, json.dumps(body), due[0] if due else None, body["id"])

    def delete(self, kind: str, identifier: str) -> Json:
        """Raises ApiError (404) where there is none. Returns what Stripe answers."""
        self.get(kind, identifier)
        self.sql("delete from objects where id = ?", identifier)
        return {"id": identifier, "object": kind, "deleted": True}

    def get(self, kind: str, identifier: str) -> Json:
        """Raises ApiError (404) where there is none."""
        found = self.find(identifier)
        if found is None or found["object"] != kind:
            raise missing(kind, identifier)
        return found

    def find(self, identifier: str) -> Json | None:
        """Whatever has this id."""
        rows = self.sql("select body from objects where id = ?", identifier)
        return json.loads(rows[0][0]) if rows else None

    def all(self, kind: str) -> list[Json]:
        """The newest first."""
        rows = self.sql("select body from objects where kind = ? order by seq desc", kind)
        return [json.loads(row[0]) for row in rows]

    def where(self, kind: str, **fields: Any) -> list[Json]:
        """Those with these values, the newest first."""
        conditions = "".join(f" and json_extract(body, '$.{name}') is ?" for name in fields)
        select = f"select body from objects where kind = ?{conditions} order by seq desc"  # noqa: S608
        return [json.loads(row[0]) for row in self.sql(select, kind, *fields.values())]

    def queue(self, event: str, endpoint: str) -> None:
        self.sql("insert into deliveries (event, endpoint) values (?, ?)", event, endpoint)
        self.sql("update deliveries set place = id where place is null")

    def answer(self, key: str) -> tuple[str, int, Json] | None:
        """What was answered to an idempotency key; Stripe forgets them after a day, too."""
        select = "select request, status, body from answers where key = ? and at > ?"
        rows = self.sql(select, key, self.fact("now") - REMEMBERED)
        return (rows[0][0], rows[0][1], json.loads(rows[0][2])) if rows else None

    def remember(self, key: str, request: str, status: int, body: Json) -> None:
        insert = "insert or replace into answers values (?, ?, ?, ?, ?)"
        self.sql(insert, key, request, status, json.dumps(body), self.fact("now"))

    def commit(self) -> None:
        self._db.commit()

    def rollback(self) -> None:
        self._db.rollback()

    def close(self) -> None:
        self._db.close()
