"""From the outbox to the consumers' deliveries: one transaction for up to 500 events."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from apps.core import clock, subscriptions
from apps.core.ids import new_id
from apps.events.models import SHARDS
from apps.events.relay.shards import SHARD

BATCH = 500
FREE_SHARDS = "select shard from generate_series(0, %s) as shard where pg_try_advisory_xact_lock(%s, shard)"

# The relay does not wait for the disk: if the database forgets its last steps, the same events are handed on again.
READ = """
    select id, seq, type, aggregatetype || ':' || aggregateid, is_ordered
    from events_outbox, set_config('synchronous_commit', 'off', true)
    where published_at is null {only} order by seq limit %s for update of events_outbox skip locked
"""
READ_WHOLE = """
    select id, type, aggregatetype, aggregateid, tenant_id, payload::text, headers::text, occurred_at
    from events_outbox where id = any(%s) order by seq
"""
LOCK_LANES = "select pg_advisory_xact_lock(hashtextextended(lane, 1)) from unnest(%s::text[]) as lane"
# The limit keeps the planner from reading everything that waits.
BUSY_LANES = """
    select consumer, lane from unnest(%s::text[], %s::text[]) as fresh (consumer, lane) cross join lateral (
        select from events_delivery before
        where before.consumer = fresh.consumer and before.lane = fresh.lane
            and delivered_at is null and discarded_at is null and before.lane <> '' limit 1
    ) as before
"""
ADD = """
    insert into events_delivery (id, event_id, consumer, lane, seq, due_at, attempts, error)
    select id, event_id, consumer, lane, seq, case when is_due then %s end, 0, ''
    from json_to_recordset(%s)
        as fresh (id uuid, event_id uuid, consumer text, lane text, seq bigint, is_due boolean)
    on conflict (event_id, consumer) do nothing
"""
MARK = "update events_outbox set published_at = %s where id = any(%s)"


@dataclass(frozen=True, slots=True)
class Row:
    """What the relay must know of an event."""

    id: UUID
    seq: int
    type: str
    aggregate: str
    is_ordered: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the outbox, for a sink."""

    id: UUID
    type: str
    aggregatetype: str
    aggregateid: str
    tenant_id: UUID | None
    payload: str  # JSON, as are the headers
    headers: str
    occurred_at: datetime


Sink = Callable[[list[Event]], None]


@dataclass(frozen=True, slots=True)
class Batch:
    """What was handed on at once."""

    events: int
    consumers: frozenset[str]


def hand_on(*, shards: Collection[int] | None = None, sink: Sink | None = None) -> Batch:
    """Give each consumer its delivery of the oldest events of some shards, as the platform.

    :param shards: those that the caller holds; without them, those that no relay holds
    :param sink: gets the events too, before anything is committed; what it raises leaves them where they are
    """
    with transaction.atomic(), connection.planned_cursor() as cursor:  # type: ignore[attr-defined]
        rows = _read(cursor, _free(cursor) if shards is None else shards)
        if not rows:
            return Batch(0, frozenset())
        fresh = [(row, consumer) for row in rows for consumer in subscriptions.consumers_of(row.type)]
        if fresh:
            cursor.execute(ADD, [clock.now(), _deliveries(fresh, _busy(cursor, fresh))])
        ids = [row.id for row in rows]
        if sink:
            cursor.execute(READ_WHOLE, [ids])
            sink([Event(*values) for values in cursor.fetchall()])
        cursor.execute(MARK, [clock.now(), ids])
    return Batch(len(rows), frozenset(consumer for _row, consumer in fresh))


def _free(cursor: Any) -> list[int]:
    cursor.execute(FREE_SHARDS, [SHARDS - 1, SHARD])
    return [shard for (shard,) in cursor.fetchall()]


def _read(cursor: Any, shards: Collection[int]) -> list[Row]:
    everything = len(shards) == SHARDS
    only = "" if everything else "and shard = any(%s)"
    limits: list[Any] = [BATCH] if everything else [list(shards), BATCH]
    cursor.execute(READ.format(only=only), limits)
    return [Row(*values) for values in cursor.fetchall()]


def _busy(cursor: Any, fresh: list[tuple[Row, str]]) -> set[tuple[str, str]]:
    """Return the lanes in which something is before the new ones, and hold all of theirs until the commit."""
    lanes = {(consumer, row.aggregate) for row, consumer in fresh if row.is_ordered}
    if not lanes:
        return set()
    cursor.execute(LOCK_LANES, [sorted(f"{consumer} {lane}" for consumer, lane in lanes)])
    cursor.execute(BUSY_LANES, [list(column) for column in zip(*lanes, strict=True)])
    return set(cursor.fetchall())


def _deliveries(fresh: list[tuple[Row, str]], busy: set[tuple[str, str]]) -> str:
    """Return the new rows as JSON. Only the first of a lane is due."""
    rows = []
    for row, consumer in fresh:
        lane = row.aggregate if row.is_ordered else ""
        is_due = not lane or (consumer, lane) not in busy
        if lane:
            busy.add((consumer, lane))
        rows.append(
            {
                "id": str(new_id()),
                "event_id": str(row.id),
                "consumer": consumer,
                "lane": lane,
                "seq": row.seq,
                "is_due": is_due,
            }
        )
    return json.dumps(rows)
