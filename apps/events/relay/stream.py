"""A Valkey stream as a second sink: every event, once or more, in the order of its aggregate.

Readers outside of this process group drop what they have seen by `id`. The fields are Debezium's, so that a change
data capture can take the relay's place.
"""

import json
from typing import Any

from redis import Redis, RedisError

from apps.core.daemon import Unavailable
from apps.events.relay.outbox import Row

LONGEST = 100_000  # entries that are kept, about


class Stream:
    """Appends events to a stream."""

    def __init__(self, *, url: str, name: str) -> None:
        self._client: Redis = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=2)
        self._name = name

    def __call__(self, rows: list[Row]) -> None:
        """Append the events, all or (to the relay's knowledge) none.

        :raises Unavailable: if Valkey does not take them; they stay in the outbox
        """
        pipeline = self._client.pipeline(transaction=False)
        for row in rows:
            pipeline.xadd(self._name, self._entry(row), maxlen=LONGEST, approximate=True)
        try:
            pipeline.execute()
        except RedisError as error:
            raise Unavailable(f"Valkey takes no events: {error}") from error

    def _entry(self, row: Row) -> Any:
        kind, _colon, aggregate_id = row.aggregate.partition(":")
        return {
            "id": str(row.id),
            "aggregatetype": kind,
            "aggregateid": aggregate_id,
            "type": row.type,
            "payload": row.payload if isinstance(row.payload, str) else json.dumps(row.payload),
            "tenant_id": str(row.tenant_id or ""),
            "headers": row.headers if isinstance(row.headers, str) else json.dumps(row.headers),
            "occurred_at": row.occurred_at.isoformat(),
        }
