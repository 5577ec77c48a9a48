"""An event whose order can be told afterwards, and one without any."""

from dataclasses import dataclass
from typing import ClassVar

from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped(Event):
    event_name: ClassVar[str] = "background.stepped"
    aggregate: ClassVar[str] = "walk"
    aggregate_field: ClassVar[str] = "walk"
    is_ordered: ClassVar[bool] = True

    walk: str
    number: int
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Called(Event):
    event_name: ClassVar[str] = "background.called"
    aggregate: ClassVar[str] = "call"
    aggregate_field: ClassVar[str] = "call"

    call: str
    number: int
