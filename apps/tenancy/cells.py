"""Cells: the schemas that hold product tables."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from apps.core import scope
from apps.core.errors import Invalid
from apps.tenancy.models import POOL, Cell

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
RESERVED = {"public", "information_schema"}


def ensure_cell(name: str, kind: str) -> Cell:
    """Return the cell of a name, with its schema; make what is missing. The caller acts as the owner.

    :raises Invalid: if the name is no plain schema name
    """
    if not NAME.fullmatch(name) or name in RESERVED or name.startswith("pg_"):
        raise Invalid(_("Name a cell with up to 63 letters a to z, digits and underscores, a letter first."))
    with connection.cursor() as cursor:
        cursor.execute(f"create schema if not exists {connection.ops.quote_name(name)}")
    cell, _created = Cell.objects.get_or_create(schema_name=name, defaults={"kind": kind})
    return cell


def ensure_pool() -> Cell:
    """Return the pool cell; see `ensure_cell`."""
    return ensure_cell(POOL, Cell.Kind.POOL)


def schemas() -> list[str]:
    """Return every cell's schema: the pool, then the silos by name."""
    return list(Cell.objects.order_by("kind", "schema_name").values_list("schema_name", flat=True))


@contextmanager
def inside(schema: str) -> Iterator[None]:
    """Work in a schema for the block, with its own table of applied migrations."""
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
        yield
