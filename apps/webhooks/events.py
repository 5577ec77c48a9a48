"""What happens to endpoints."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabled(Event):
    """An endpoint was turned off because nothing could be delivered there. `reason` is `gone` or `failing`."""

    event_name: ClassVar[str] = "webhooks.endpoint.disabled"
    aggregate: ClassVar[str] = "webhook_endpoint"
    aggregate_field: ClassVar[str] = "endpoint_id"

    endpoint_id: UUID
    reason: str
