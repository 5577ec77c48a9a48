"""Events kept in this database."""

from apps.core import scope
from apps.core.codec import encode
from apps.core.db.walls import demand_transaction
from apps.events.interface import Event, Events
from apps.events.models import OutboxEvent

BATCH = 1000


class LocalEvents(Events):
    def publish(self, *, event: Event) -> None:
        self.publish_many(events=(event,))

    def publish_many(self, *, events: tuple[Event, ...]) -> None:
        demand_transaction("Publishing an event")
        OutboxEvent.objects.bulk_create([_row(event) for event in events], batch_size=BATCH)


def _row(event: Event) -> OutboxEvent:
    now, payload = scope.current(), encode(event)
    return OutboxEvent(
        aggregatetype=event.aggregate,
        aggregateid=payload[event.aggregate_field],
        type=event.event_name,
        payload=payload,
        tenant_id=now.tenant_id,
        headers={"request_id": now.request_id, "user_id": str(now.user_id or "")},
    )
