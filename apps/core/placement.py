"""Where a tenant's product data lives. The module that knows registers itself; lower floors ask here."""

from collections.abc import Callable
from uuid import UUID

Finder = Callable[[UUID], str]

_finders: list[Finder] = []


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
