"""Everything the emulator knows: Stripe's objects as JSON, in one SQLite file. Keys with `_` are never shown."""

import json
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Any

from apps.billing.emulator.errors import missing

Json = dict[str, Any]
TABLES = """
create table if not exists objects (seq integer primary key, id text unique, kind text, body text);
create index if not exists objects_by_kind on objects (kind, seq);
create table if not exists answers (key text primary key, request text, status integer, body text);
create table if not exists facts (name text primary key, value integer);
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

    def __init__(self, file: str) -> None:
        if file != ":memory:":
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, check_same_thread=False)
        self._db.executescript(TABLES)
        for name, value in (("now", int(time.time())), ("ahead", 0)):
            self.sql("insert or ignore into facts values (?, ?)", name, value)
        self._db.commit()

    def sql(self, statement: str, *values: Any) -> list[Any]:
        return self._db.execute(statement, values).fetchall()

    @property
    def now(self) -> int:
        return self.fact("now")

    @now.setter
    def now(self, value: int) -> None:
        self.note("now", value)

    def fact(self, name: str) -> int:
        """`now`, the clock; `ahead`, how many seconds a running clock is ahead of the world's."""
        return int(self.sql("select value from facts where name = ?", name)[0][0])

    def note(self, name: str, value: int) -> None:
        self.sql("update facts set value = ? where name = ?", value, name)

    def create(self, kind: str, prefix: str, **fields: Any) -> Json:
        body: Json = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self.now}
        body |= {"livemode": False, **fields}
        self.sql("insert into objects (id, kind, body) values (?, ?, ?)", body["id"], kind, json.dumps(body))
        return body

    def save(self, body: Json) -> None:
        self.sql("update objects set body = ? where id = ?", json.dumps(body), body["id"])

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

    def queue(self, event: str, endpoint: str) -> None:
        self.sql("insert into deliveries (event, endpoint) values (?, ?)", event, endpoint)
        self.sql("update deliveries set place = id where place is null")

    def answer(self, key: str) -> tuple[str, int, Json] | None:
        rows = self.sql("select request, status, body from answers where key = ?", key)
        return (rows[0][0], rows[0][1], json.loads(rows[0][2])) if rows else None

    def remember(self, key: str, request: str, status: int, body: Json) -> None:
        self.sql("insert into answers values (?, ?, ?, ?)", key, request, status, json.dumps(body))

    def commit(self) -> None:
        self._db.commit()

    def rollback(self) -> None:
        self._db.rollback()

    def close(self) -> None:
        self._db.close()
