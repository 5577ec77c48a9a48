"""Everything that a workspace holds, read without any wall: as the platform."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import Model

from apps.core import scope
from apps.tenancy.models import Membership
from tests.architecture.leaks.story import Told
from tests.architecture.leaks.tables import people_models, table_of, tenant_column, tenant_models

SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Holdings:
    """A told workspace, and its rows as they were after the telling."""

    told: Told

    @cached_property
    def people(self) -> list[UUID]:
        """The ids of the workspace's members."""
        with scope.use(role="platform"):
            found = Membership.objects.filter(tenant_id=self.told.tenant.id).order_by("id")
            return list(found.values_list("user_id", flat=True))

    @cached_property
    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of its people and of each tenant model, by the model's label, oldest first."""
        with scope.use(role="platform", tenant_id=self.told.tenant.id, cell="pool"):
            mine = {model: {column: self.people} for model, column in people_models().items()}
            mine |= {model: {tenant_column(model): [self.told.tenant.id]} for model in tenant_models()}
            return {model._meta.label: self._rows_of(model, condition) for model, condition in mine.items()}

    def _rows_of(self, model: type[Model], condition: dict[str, Any]) -> list[dict[str, Any]]:
        (column, values), *_none = condition.items()
        return list(model._base_manager.filter(**{f"{column}__in": values}).order_by("pk").values())

    def empty_tables(self) -> list[str]:
        """Return the tenant tables that the story forgets."""
        return sorted(table_of(model) for model in tenant_models() if not self.rows[model._meta.label])

    @cached_property
    def texts(self) -> dict[str, str]:
        """What must not be read elsewhere: every text and id, and the column it stands in."""
        found = {secret: name for name, secret in self.told.secrets.items()}
        for label, rows in self.rows.items():
            for column, value in (cell for row in rows for cell in row.items()):
                for text in _texts(value):
                    if len(text) >= SHORTEST_SECRET:
                        found.setdefault(text, f"{label}.{column}")
        return found

    @cached_property
    def digests(self) -> tuple[str, list[list[UUID]]]:
        """The statement that digests the rows of each table, and whose rows it asks for, table by table."""
        tables = {table_of(model): (tenant_column(model), [self.told.tenant.id]) for model in tenant_models()}
        tables |= {table_of(model): (column, self.people) for model, column in people_models().items()}
        digests = [_digest(table, column) for table, (column, _ids) in tables.items()]
        return " union all ".join(digests), [ids for _column, ids in tables.values()]

    def ids_of(self, labels: list[str]) -> list[str]:
        """Return the primary keys of some models' rows."""
        keys = {label: apps.get_model(label)._meta.pk.attname for label in labels}
        return [str(row[keys[label]]) for label in labels for row in self.rows[label]]

    def counterparts(self, other: "Holdings") -> dict[str, str]:
        """Return for each id here the one that stands in its place in a workspace of the same story."""
        found: dict[str, str] = {}
        for label, rows in self.rows.items():
            for mine, theirs in zip(rows, other.rows[label], strict=False):
                found |= {
                    str(value): str(theirs[column])
                    for column, value in mine.items()
                    if isinstance(value, UUID) and isinstance(theirs[column], UUID)
                }
        return {mine: theirs for mine, theirs in found.items() if mine != theirs}


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str() | UUID():
            yield str(value)
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)


def fingerprint(holdings: Holdings) -> dict[str, str]:
    """Return a digest of the workspace's rows in each table, as PostgreSQL holds them now; and of its people's."""
    statement, owners = holdings.digests
    with scope.as_role("platform"), connection.cursor() as cursor:
        cursor.execute(statement, owners)
        return dict(cursor.fetchall())


def _digest(table: str, column: str) -> str:
    rows = "md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
    return f"select '{table}', {rows} from {table} t where {column} = any(%s)"
