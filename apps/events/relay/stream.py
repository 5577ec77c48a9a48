"""A Valkey stream as a second sink: every event, once or more, in the order of its aggregate.

Readers outside of this process group drop what they have seen by `id`. The fields are Debezium's, so that a change
data capture can take the relay's place.
"""

from typing import Any

from redis import Redis, RedisError

from apps.core.daemon import Unavailable
from apps.events.relay.outbox import Event

LONGEST = 100_000  # entries that are kept, about


class Stream:
    """Appends events to a stream."""

    def __init__(self, *, url: str, name: str) -> None:
        self._client: Redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
        self._name = name

    def __call__(self, events: list[Event]) -> None:
        """Append the events, all or (to the relay's knowledge) none.

        :raises Unavailable: if Valkey does not take them; they stay in the outbox
        """
        pipeline = self._client.pipeline(transaction=False)
        for event in events:
            pipeline.xadd(self._name, self._entry(event), maxlen=LONGEST, approximate=True)
        try:
            pipeline.execute()
        except RedisError as error:
            raise Unavailable(f"Valkey takes no events: {error}") from error

    def _entry(self, event: Event) -> Any:
        return {
            "id": str(event.id),
            "aggregatetype": event.aggregatetype,
            "aggregateid": event.aggregateid,
            "type": event.type,
            "payload": event.payload,
            "tenant_id": str(event.tenant_id or ""),
            "headers": event.headers,
            "occurred_at": event.occurred_at.isoformat(),
        }
