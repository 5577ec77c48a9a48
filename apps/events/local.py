"""Events kept in this database."""

from django.db import connection

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
        rows = [_row(event) for event in events]
        _take_turns({f"{row.aggregatetype}:{row.aggregateid}" for row in rows if row.is_ordered})
        OutboxEvent.objects.bulk_create(rows, batch_size=BATCH)


def _take_turns(aggregates: set[str]) -> None:
    """Hold each aggregate until the transaction ends, so that its rows are numbered in the order of commits."""
    if aggregates:
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(%s::text[]) as name",
                [sorted(aggregates)],  # sorted, so that two transactions cannot wait for each other
            )


def _row(event: Event) -> OutboxEvent:
    now, payload = scope.current(), encode(event)
    return OutboxEvent(
        aggregatetype=event.aggregate,
        aggregateid=payload[event.aggregate_field],
        type=event.event_name,
        payload=payload,
        tenant_id=now.tenant_id,
        headers={
            "request_id": now.request_id,
            "user_id": str(now.user_id or ""),
            "traceparent": now.trace,
            "event_version": event.event_version,
        },
        is_ordered=event.is_ordered,
    )
