"""What is kept of a person. Each module that keeps something registers how it tells that, and how it forgets it.

    privacy.register("notifications", tell=tell, forget=forget)       # in apps.py

Both run as the platform, across all workspaces, with no tenant in scope, each in a transaction of its own. Forgetting
may run more than once: it removes what it finds and returns how much that was. What others need to know stays
under the person's id, which then leads to nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

Rows = Iterable[Mapping[str, Any]]


class Teller(Protocol):
    """Returns what a module keeps of a person: rows of plain values, by what they are."""

    def __call__(self, *, user_id: UUID) -> Mapping[str, Rows]: ...


class Forgetter(Protocol):
    """Removes what a module keeps of a person, and returns the number of rows by table."""

    def __call__(self, *, user_id: UUID) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A module that keeps something of people. With `in_cells`, it is asked once in each cell."""

    module: str
    tell: Teller
    forget: Forgetter
    in_cells: bool = False


_keepers: dict[str, Keeper] = {}


def register(module: str, *, tell: Teller, forget: Forgetter, in_cells: bool = False) -> None:
    """Have a module asked whenever a person wants to know what is kept of them, or leaves."""
    _keepers[module] = Keeper(module=module, tell=tell, forget=forget, in_cells=in_cells)


def keepers() -> list[Keeper]:
    """Return all that registered, the highest floor first: what refers goes before what it refers to."""
    return list(reversed(_keepers.values()))
