"""Everything the emulator knows: Stripe's objects as JSON, in one SQLite file. Keys with `_` are never shown."""

import json
import secrets
import sqlite3
import time
from typing import Any

from apps.billing.emulator.errors import missing

Json = dict[str, Any]
TABLES = """
create table if not exists objects (seq integer primary key, id text unique, kind text, body text);
create table if not exists answers (key text primary key, request text, status integer, body text);
create table if not exists facts (name text primary key, value integer);
"""


class Store:
    """Used under one lock, and each request is one transaction."""

    def __init__(self, file: str) -> None:
        self._db = sqlite3.connect(file, check_same_thread=False)
        self._db.executescript(TABLES)
        self._db.execute("insert or ignore into facts values ('now', ?)", [int(time.time())])
        self._db.commit()

    @property
    def now(self) -> int:
        return int(self._db.execute("select value from facts where name = 'now'").fetchone()[0])

    @now.setter
    def now(self, value: int) -> None:
        self._db.execute("update facts set value = ? where name = 'now'", [value])

    def create(self, kind: str, prefix: str, **fields: Any) -> Json:
        body: Json = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self.now}
        body |= {"livemode": False, **fields}
        self._db.execute(
            "insert into objects (id, kind, body) values (?, ?, ?)", [body["id"], kind, json.dumps(body)]
        )
        return body

    def save(self, body: Json) -> None:
        self._db.execute("update objects set body = ? where id = ?", [json.dumps(body), body["id"]])

    def get(self, kind: str, identifier: str) -> Json:
        """Raises ApiError (404) where there is none."""
        row = self._db.execute(
            "select body from objects where id = ? and kind = ?", [identifier, kind]
        ).fetchone()
        if row is None:
            raise missing(kind, identifier)
        found: Json = json.loads(row[0])
        return found

    def all(self, kind: str) -> list[Json]:
        """The newest first."""
        rows = self._db.execute("select body from objects where kind = ? order by seq desc", [kind])
        return [json.loads(row[0]) for row in rows]

    def answer(self, key: str) -> tuple[str, int, Json] | None:
        row = self._db.execute("select request, status, body from answers where key = ?", [key]).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def remember(self, key: str, request: str, status: int, body: Json) -> None:
        self._db.execute("insert into answers values (?, ?, ?, ?)", [key, request, status, json.dumps(body)])

    def commit(self) -> None:
        self._db.commit()

    def rollback(self) -> None:
        self._db.rollback()

    def close(self) -> None:
        self._db.close()
