"""What happens to competitors and signals."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorEvent(Event):
    """The base of what happens to a competitor."""

    aggregate: ClassVar[str] = "competitor"
    aggregate_field: ClassVar[str] = "competitor_id"

    competitor_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorAdded(CompetitorEvent):
    event_name: ClassVar[str] = "radar.competitor.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorChanged(CompetitorEvent):
    event_name: ClassVar[str] = "radar.competitor.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorDeleted(CompetitorEvent):
    """Its signals went with it; there is no event for each."""

    event_name: ClassVar[str] = "radar.competitor.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompetitorRestored(CompetitorEvent):
    """The signals that went with it are back."""

    event_name: ClassVar[str] = "radar.competitor.restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalEvent(Event):
    """The base of what happens to a signal."""

    aggregate: ClassVar[str] = "signal"
    aggregate_field: ClassVar[str] = "signal_id"

    signal_id: UUID
    competitor_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalAdded(SignalEvent):
    event_name: ClassVar[str] = "radar.signal.added"

    kind: str
    importance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalChanged(SignalEvent):
    event_name: ClassVar[str] = "radar.signal.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDeleted(SignalEvent):
    event_name: ClassVar[str] = "radar.signal.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRestored(SignalEvent):
    event_name: ClassVar[str] = "radar.signal.restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsImported(Event):
    """The rows of a file are on the radar; there is no event for each."""

    event_name: ClassVar[str] = "radar.signals.imported"
    aggregate: ClassVar[str] = "import"
    aggregate_field: ClassVar[str] = "import_id"

    import_id: UUID
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeEvent(Event):
    """The base of what happens to an attribute."""

    aggregate: ClassVar[str] = "attribute"
    aggregate_field: ClassVar[str] = "attribute_id"

    attribute_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeAdded(AttributeEvent):
    event_name: ClassVar[str] = "radar.attribute.added"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeChanged(AttributeEvent):
    """Its name, its place, its kind or its choices."""

    event_name: ClassVar[str] = "radar.attribute.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDeleted(AttributeEvent):
    event_name: ClassVar[str] = "radar.attribute.deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRestored(AttributeEvent):
    event_name: ClassVar[str] = "radar.attribute.restored"
