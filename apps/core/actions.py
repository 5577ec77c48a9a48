"""The acts that the audit log knows. Modules declare theirs in `apps.py`, with the sentence to show."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An act. `sentence` may use {actor}, {target} and the entry's values, as {before[role]} and {after[role]}."""

    name: str
    label: Any
    sentence: Any


_declared: dict[str, Action] = {}


def declare(name: str, label: Any, sentence: Any) -> None:
    """Declare an act such as `members.role_changed`.

    :param label: for filters, “Role changed”
    :param sentence: “{actor} changed {target}'s role from {before[role]} to {after[role]}.”
    """
    _declared[name] = Action(name=name, label=label, sentence=sentence)


def get(name: str) -> Action:
    """Return a declared act.

    :raises KeyError: if no module declares it
    """
    return _declared[name]


def declared() -> tuple[Action, ...]:
    """Return every declared act, by name."""
    return tuple(_declared[name] for name in sorted(_declared))
