"""Querysets that are compiled once, for the few that every request runs.

Compiling takes Django longer than PostgreSQL takes to answer, and so does planning a join. Here both happen once.
What is run is the same statement, in scope, behind the same walls.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]

from apps.core.db.walls import refuse_unscoped

Row = TypeVar("Row", bound=Model)

STAND_INS: dict[type, Callable[[], Any]] = {UUID: uuid4, str: lambda: uuid4().hex}


class Prepared(Generic[Row]):
    """A queryset with room for arguments: `Prepared(keys_with_prefix, str).rows(prefix)`.

    :param build: makes the queryset; each argument must end up in it once, and as it is
    :param kinds: the types of the arguments, UUID or str
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], *kinds: type) -> None:
        self._build, self._kinds = build, kinds
        self._compiled: _Compiled[Row] | None = None

    def rows(self, *arguments: UUID | str) -> list[Row]:
        """Return the rows for these arguments.

        :raises TenantScopeMissing: as the queryset would
        """
        if self._compiled is None:
            stand_ins = [STAND_INS[kind]() for kind in self._kinds]
            self._compiled = _Compiled(self._build(*stand_ins), stand_ins)
        return self._compiled.rows(arguments)


class _Compiled(Generic[Row]):
    """The statement, and what Django knows about the rows that come out. See `ModelIterable`."""

    def __init__(self, queryset: QuerySet[Row], stand_ins: list[Any]) -> None:
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self._sql, parameters = compiler.as_sql()
        self._parameters = list(parameters)
        self._places = [self._parameters.index(stand_in) for stand_in in stand_ins]
        self._compiler, self._tables = compiler, compiler._tables()
        self._converters = compiler.get_converters([column[0] for column in compiler.select])
        info = compiler.klass_info
        self._model, fields = info["model"], info["select_fields"]
        self._first, self._end = fields[0], fields[-1] + 1
        self._names = [field[0].target.attname for field in compiler.select[self._first : self._end]]
        self._related = get_related_populators(info, compiler.select, queryset.db)

    def rows(self, arguments: tuple[UUID | str, ...]) -> list[Row]:
        refuse_unscoped(self._tables)
        parameters = self._parameters.copy()
        for place, argument in zip(self._places, arguments, strict=True):
            parameters[place] = argument
        with connection.planned_cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute(self._sql, parameters)
            found = cursor.fetchall()
        return [self._row(values) for values in self._compiler.apply_converters(found, self._converters)]

    def _row(self, values: Any) -> Row:
        row: Row = self._model.from_db("default", self._names, values[self._first : self._end])
        for related in self._related:
            related.populate(values, row)
        return row
