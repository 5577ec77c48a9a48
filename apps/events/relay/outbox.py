"""From the outbox to the consumers' deliveries: one transaction for up to 500 events."""

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

READ = """
    select id, seq, type, aggregatetype || ':' || aggregateid, is_ordered, tenant_id, payload, headers, occurred_at
    from events_outbox where published_at is null {only} order by seq limit %s for update skip locked
"""
LOCK_LANES = "select pg_advisory_xact_lock(hashtextextended(lane, 1)) from unnest(%s::text[]) as lane"
BUSY_LANES = """
    select consumer, lane from unnest(%s::text[], %s::text[]) as fresh (consumer, lane) where exists (
        select from events_delivery before
        where before.consumer = fresh.consumer and before.lane = fresh.lane
            and delivered_at is null and discarded_at is null and before.lane <> ''
    )
"""
ADD = """
    insert into events_delivery (id, event_id, consumer, lane, seq, due_at, attempts, error)
    select id, event_id, consumer, lane, seq, due_at, 0, ''
    from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
        as fresh (id, event_id, consumer, lane, seq, due_at)
    on conflict (event_id, consumer) do nothing
"""
MARK = "update events_outbox set published_at = %s where id = any(%s)"


@dataclass(frozen=True, slots=True)
class Row:
    """One event of the outbox, as the relay reads it."""

    id: UUID
    seq: int
    type: str
    aggregate: str
    is_ordered: bool
    tenant_id: UUID | None
    payload: Any
    headers: Any
    occurred_at: Any


Sink = Callable[[list[Row]], None]


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
    with transaction.atomic(), connection.cursor() as cursor:
        rows = _read(cursor, _free(cursor) if shards is None else shards)
        if not rows:
            return Batch(0, frozenset())
        fresh = [(row, consumer) for row in rows for consumer in subscriptions.consumers_of(row.type)]
        if fresh:
            cursor.execute(ADD, _columns(fresh, _busy(cursor, fresh)))
        if sink:
            sink(rows)
        cursor.execute(MARK, [clock.now(), [row.id for row in rows]])
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


def _columns(fresh: list[tuple[Row, str]], busy: set[tuple[str, str]]) -> list[list[Any]]:
    """Return the new rows by column. Only the first of a lane is due."""
    now, rows = clock.now(), []
    for row, consumer in fresh:
        due_at: datetime | None = now
        lane = row.aggregate if row.is_ordered else ""
        if lane and (consumer, lane) in busy:
            due_at = None
        elif lane:
            busy.add((consumer, lane))
        rows.append((new_id(), row.id, consumer, lane, row.seq, due_at))
    return [list(column) for column in zip(*rows, strict=True)]
