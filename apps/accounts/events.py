"""What happens to API keys that others hear of."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyEnding(Event):
    """A key runs out soon, and is not replaced yet."""

    event_name: ClassVar[str] = "accounts.key.ending"
    aggregate: ClassVar[str] = "key"
    aggregate_field: ClassVar[str] = "key_id"

    key_id: UUID
    expires_at: datetime
