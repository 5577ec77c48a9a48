"""Events kept in this database."""

import json
from dataclasses import asdict

from django.core.serializers.json import DjangoJSONEncoder

from apps.core import scope
from apps.core.db.walls import demand_transaction
from apps.events.interface import Event, Events
from apps.events.models import OutboxEvent


class LocalEvents(Events):
    def publish(self, *, event: Event) -> None:
        demand_transaction("Publishing an event")
        now = scope.current()
        payload = asdict(event)
        OutboxEvent.objects.bulk_create(
            [
                OutboxEvent(
                    aggregatetype=event.aggregate,
                    aggregateid=str(payload[event.aggregate_field]),
                    type=event.event_name,
                    payload=json.loads(json.dumps(payload, cls=DjangoJSONEncoder)),
                    tenant_id=now.tenant_id,
                    headers={"request_id": now.request_id, "user_id": str(now.user_id or "")},
                )
            ]
        )
