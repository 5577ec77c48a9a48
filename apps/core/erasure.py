"""Removing a tenant for good. Each module that keeps something of tenants registers how it forgets one.

    erasure.register("radar", erase)       # in apps.py

An eraser runs in the tenant's scope, in a transaction of its own, and more than once: it removes what it finds and
returns how much that was, so that a run that died is simply begun again.
"""

from typing import Protocol
from uuid import UUID

from django.db import models


class Eraser(Protocol):
    """Deletes what a module keeps of the tenant, and returns the number of rows by table, or of files."""

    def __call__(self, *, tenant_id: UUID) -> dict[str, int]: ...


_erasers: dict[str, Eraser] = {}


def register(module: str, erase: Eraser) -> None:
    """Have `erase` forget a tenant on behalf of a module."""
    _erasers[module] = erase


def registered() -> list[tuple[str, Eraser]]:
    """Return every module's name and eraser, the highest floor first: what refers goes before what it refers to."""
    return list(reversed(_erasers.items()))


def delete_rows(*tables: type[models.Model], tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows of some tables, each in one statement, children first; return counts by table."""
    return {table._meta.db_table: _delete(table, tenant_id) for table in tables}


def _delete(table: type[models.Model], tenant_id: UUID) -> int:
    rows = table._base_manager.filter(tenant_id=tenant_id)
    # Not delete(): it would read every row first, to find what hangs on it.
    return int(rows._raw_delete(rows.db) or 0)
