"""Long audit logs, written faster than anybody acts."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import Cursor

from apps.audit.chain.documents import digest_of_details
from apps.audit.interface import audit
from apps.core import clock, scope
from apps.core.ids import first_id_at
from tests import databases

ACTIONS = ("members.invited", "members.joined", "members.removed", "keys.created", "roles.changed")
BUSY_ACTION, RARE_ACTION = "members.role_changed", "workspace.renamed"
AT_ONCE = 20_000  # entries
ENTRY = (
    *("id", "tenant_id", "occurred_at", "action", "actor_kind", "actor_id", "target_type", "target_id"),
    *("field_names", "request_id", "session_id", "details_digest"),
)
DETAIL = (
    *("entry_id", "tenant_id", "salt", "actor_label", "on_behalf_of_label", "target_label", "address"),
    *("before", "after"),
)


class LongLog:
    """Entries of a workspace, evenly over some days until now.

    One person, `busy`, does a third of all, and BUSY_ACTION is another third; the two never meet. `rare` and
    RARE_ACTION come 20 times. `former` did something in the first tenth alone.
    """

    def __init__(self, tenant_id: UUID, *, entries: int, days: int) -> None:
        self.tenant_id, self.entries = tenant_id, entries
        self.until, self.step = clock.now(), timedelta(days=days) / entries
        self.chance = Random(entries)  # noqa: S311 - no secret
        self.busy, self.rare, self.former, *self.people = (self._any_id() for _each in range(50))
        self.targets = [self._any_id() for _each in range(5000)]

    def write(self, *, sealed: bool = True) -> None:
        """Write the entries, as the database's administrator: row security refuses to copy. The queue fills itself."""
        for start in range(0, self.entries, AT_ONCE):
            rows = [self._rows(number) for number in range(start, min(start + AT_ONCE, self.entries))]
            with databases.administrator(connection.settings_dict["NAME"]) as admin, admin.transaction():
                _copy(admin.cursor(), "audit_entry", ENTRY, (entry for entry, _detail in rows))
                _copy(admin.cursor(), "audit_detail", DETAIL, (detail for _entry, detail in rows))
            if sealed:
                with scope.use(tenant_id=self.tenant_id):
                    while audit().seal():
                        continue
        with databases.administrator(connection.settings_dict["NAME"]) as admin:
            admin.execute("vacuum analyze audit_entry, audit_detail, audit_pending, audit_batch")

    def _rows(self, number: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        occurred_at = self.until - self.step * (self.entries - number)
        entry_id = UUID(int=first_id_at(occurred_at).int | self.chance.getrandbits(62))
        salt, address = f"{self.chance.getrandbits(128):032x}", f"192.0.2.{number % 256}"
        before, after = {"role": "member"}, {"role": f"role {number % 9}"}
        digest = digest_of_details(salt, f"Person {number % 47}", "Li Wei", address, before, after)
        act = (self._action(number), "person", self._actor(number), "membership", self._target(number))
        entry = (entry_id, self.tenant_id, occurred_at, *act, '["role"]', f"{number:032x}", "", digest)
        texts = [str(values).replace("'", '"') for values in (before, after)]
        return entry, (entry_id, self.tenant_id, salt, f"Person {number % 47}", "", "Li Wei", address, *texts)

    def _actor(self, number: int) -> UUID:
        if self._is_rare(number):
            return self.rare
        if number < self.entries // 10 and number % 5 == 1:
            return self.former
        return self.busy if number % 3 == 0 else self.chance.choice(self.people)

    def _action(self, number: int) -> str:
        if self._is_rare(number):
            return RARE_ACTION
        return BUSY_ACTION if number % 3 == 1 else self.chance.choice(ACTIONS)

    def _target(self, number: int) -> UUID:
        return self.chance.choice(self.targets)

    def _is_rare(self, number: int) -> bool:
        return number % (self.entries // 20) == 7

    def _any_id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128))


def _copy(cursor: Cursor[Any], table: str, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)
