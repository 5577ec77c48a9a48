"""The entries of the workspace's sidebar and settings, declared by modules in their `apps.py`."""

from dataclasses import dataclass
from typing import Any, Literal

from apps.core import permissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A link of a workspace. `url_name` takes the workspace's slug; `icon` is a lucide name."""

    label: Any
    url_name: str
    icon: str
    group: Literal["product", "workspace"]
    order: int
    permission: str


_entries: list[Entry] = []


def register(entry: Entry) -> None:
    """Add an entry to the sidebar."""
    _entries.append(entry)


def visible(group: str) -> list[Entry]:
    """Return the entries of a group that the actor in scope may open, in order."""
    found = (entry for entry in _entries if entry.group == group and permissions.allows(entry.permission))
    return sorted(found, key=lambda entry: entry.order)
