"""The entries of the workspace's sidebar and of the account menu, declared by modules in their `apps.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from apps.core import permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link of a workspace, or, in the group `account`, of the signed-in person.

    `url_name` takes the workspace's slug, or nothing in the account menu; `icon` is a lucide name. An entry
    without a permission is for everybody, and with several for those who have one of them. `count` returns how many
    things behind it the actor in scope has not read.
    """

    label: Any
    url_name: str
    icon: str
    group: Literal["product", "workspace", "account"]
    order: int
    permission: str | tuple[str, ...] = ()
    count: Callable[[], int] | None = None


_entries: dict[tuple[str, str], Entry] = {}


def register(entry: Entry) -> None:
    """Add an entry to its group, where an address stands once."""
    _entries[entry.group, entry.url_name] = entry


def visible(group: str) -> list[Entry]:
    """Return the entries of a group that the actor in scope may open, in order."""
    found = (entry for entry in _entries.values() if entry.group == group and _is_allowed(entry))
    return sorted(found, key=lambda entry: entry.order)


def _is_allowed(entry: Entry) -> bool:
    names = (entry.permission,) if isinstance(entry.permission, str) else entry.permission
    return not names or any(permissions.allows(name) for name in names)
