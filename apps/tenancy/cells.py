"""Cells: the schemas that hold product tables."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _
from psycopg.errors import DuplicateSchema

from apps.core import scope
from apps.core.errors import Invalid
from apps.tenancy.models import POOL, Cell

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
PUBLIC = "public"
RESERVED = {PUBLIC, "information_schema"}


def ensure_cell(name: str, kind: str) -> Cell:
    """Return the cell of a name; make it and its schema if it is missing. The caller acts as the owner.

    :raises Invalid: if the name is no plain schema name, or belongs to a schema that is no cell
    """
    if not NAME.fullmatch(name) or name in RESERVED or name.startswith("pg_"):
        raise Invalid(_("Name a cell with up to 63 letters a to z, digits and underscores, a letter first."))
    with transaction.atomic():
        cell, is_new = Cell.objects.get_or_create(schema_name=name, defaults={"kind": kind})
        if is_new:
            _create_schema(name)
    return cell


def _create_schema(name: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"create schema {connection.ops.quote_name(name)}")
    except ProgrammingError as error:
        if not isinstance(error.__cause__, DuplicateSchema):
            raise
        raise Invalid(_("The schema “%(name)s” exists and is not a cell.") % {"name": name}) from error


def ensure_pool() -> Cell:
    """Return the pool cell; see `ensure_cell`."""
    return ensure_cell(POOL, Cell.Kind.POOL)


def schemas() -> list[str]:
    """Return every cell's schema: the pool, then the silos by name."""
    return list(Cell.objects.order_by("kind", "schema_name").values_list("schema_name", flat=True))


def lagging_silos() -> list[str]:
    """Return the silos in which a migration of this release is not applied, by name. Two queries for 500 silos."""
    names = [name for name in schemas() if name != POOL]
    needed = [".".join(key) for key in MigrationLoader(None).disk_migrations]
    done: set[str] = set()
    for start in range(0, len(names), 500):
        done |= _finished(names[start : start + 500], needed)
    return [name for name in names if name not in done]


def _finished(names: list[str], needed: list[str]) -> set[str]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(
            "select nspname from pg_class join pg_namespace n on n.oid = relnamespace"
            " where relname = 'django_migrations' and nspname = any(%s)",
            [names],
        )
        # The names are those of `ensure_cell`: letters, digits and underscores.
        counts = [
            f"select '{name}', count(*) from {quote(name)}.django_migrations where app || '.' || name = any(%(needed)s)"  # noqa: S608
            for (name,) in cursor.fetchall()
        ]
        if not counts:
            return set()
        cursor.execute(" union all ".join(counts), {"needed": needed})
        return {name for name, count in cursor.fetchall() if count == len(needed)}


@contextmanager
def inside(schema: str) -> Iterator[None]:
    """Work in a schema for the block, with its own table of applied migrations."""
    if schema == PUBLIC:
        yield
        return
    with scope.use(cell=schema):
        with connection.cursor() as cursor:
            cursor.execute(
                "select to_regclass(%s)", [f"{connection.ops.quote_name(schema)}.django_migrations"]
            )
            (recorded,) = cursor.fetchone()
        if recorded is None:
            # Else the search path would find the shared schema's table, and nothing would be applied here.
            with connection.schema_editor() as editor:
                editor.create_model(MigrationRecorder.Migration)
                editor.execute(
                    "revoke insert, update, delete on django_migrations from tenon_app, tenon_platform"
                )
        yield
