"""Where a tenant's product data lives. The module that knows registers itself; lower floors ask here."""

from collections.abc import Callable
from uuid import UUID

Finder = Callable[[UUID], str]

_finders: list[Finder] = []
_seen: dict[UUID, str] = {}
MOST_REMEMBERED = 10_000


class UnknownTenant(LookupError):
    """There is no such tenant, or no longer."""


def register(finder: Finder) -> None:
    """Have `finder` answer for `cell_of`. The last one registered does."""
    _finders.append(finder)


def cell_of(tenant_id: UUID) -> str:
    """Return the PostgreSQL schema that holds a tenant's product data.

    :raises UnknownTenant: if there is no such tenant
    """
    return _finders[-1](tenant_id)


def remember(tenant_id: UUID, cell: str) -> None:
    """Note where a tenant's data was found just now, for `last_seen_cell`."""
    if len(_seen) >= MOST_REMEMBERED:
        _seen.clear()
    _seen[tenant_id] = cell


def last_seen_cell(tenant_id: UUID) -> str | None:
    """Return the cell that this process last found a tenant in, or None: a guess, for tenants move.

    Whoever enters a scope early with it must enter the one that the database names before reading product data. Where
    both agree, the database is told once.
    """
    return _seen.get(tenant_id)
