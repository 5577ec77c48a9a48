"""Forgetting each use of a while ago: how much it was by day stays, for the charts."""

from datetime import timedelta

from django.db import connection, transaction

from apps.billing.models import UsageEvent
from apps.billing.services.usage import OLDEST
from apps.core import clock, scope

SETTLED = [UsageEvent.State.SENT, UsageEvent.State.KEPT, UsageEvent.State.DISCARDED]
PRUNE = """
    with old as (
        select id from billing_usageevent where state = any(%s) and occurred_at < %s
        limit %s for update skip locked
    ), gone as (
        delete from billing_usageevent using old where billing_usageevent.id = old.id
        returning tenant_id, meter, (occurred_at at time zone 'UTC')::date as day, quantity
    ), summed as (
        insert into billing_usageday (id, tenant_id, meter, day, quantity)
        select gen_random_uuid(), tenant_id, meter, day, sum(quantity) from gone group by tenant_id, meter, day
        on conflict (tenant_id, meter, day) do update set quantity = billing_usageday.quantity + excluded.quantity
    )
    select count(*) from gone
"""
BATCH = 5000


def usage_prune(*, older_than: timedelta) -> int:
    """Add settled usage up by day and forget the rows; return how many.

    The month that counts is never touched, nor what the provider would still take a second time.
    """
    before, pruned = clock.now() - max(older_than, OLDEST), 0
    with scope.as_role("platform"):
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(PRUNE, [SETTLED, before, BATCH])
                ((found,),) = cursor.fetchall()
            pruned += found
            if found < BATCH:
                return pruned
