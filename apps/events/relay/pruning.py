"""Forgetting events that are over."""

from datetime import timedelta

from django.db import connection, transaction

from apps.core import clock, scope

PRUNE = """
    with old as (
        select id from events_outbox event where published_at < %s and not exists (
            select 1 from events_delivery
            where event_id = event.id and delivered_at is null and discarded_at is null
        ) order by published_at limit %s
    ), gone as (
        delete from events_delivery using old where event_id = old.id
    )
    delete from events_outbox using old where events_outbox.id = old.id
"""
BATCH = 5000


def prune(*, older_than: timedelta) -> int:
    """Forget events that everybody has had for a while; return how many."""
    before, pruned = clock.now() - older_than, 0
    with scope.as_role("platform"):
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(PRUNE, [before, BATCH])
                pruned += cursor.rowcount
            if cursor.rowcount < BATCH:
                return pruned
