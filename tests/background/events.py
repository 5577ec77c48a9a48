"""An event whose order can be told afterwards."""

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
