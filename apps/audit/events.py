"""What happens to a log that is kept elsewhere."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.audit.interface import Record
from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesRecorded(Event):
    """Entries are on their way to the process that keeps the log. They carry their own ids and times."""

    event_name: ClassVar[str] = "audit.entries.recorded"
    event_version: ClassVar[int] = 2
    aggregate: ClassVar[str] = "audit_entry"
    aggregate_field: ClassVar[str] = "first_id"

    first_id: UUID
    records: tuple[Record, ...]
