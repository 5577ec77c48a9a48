"""Noting that the paid seats may no longer be as many as the members; `seats` tells Stripe."""

from datetime import timedelta

from django.db.models import F

from apps.billing.models import SeatSync
from apps.core import clock, scope
from apps.jobs.interface import jobs

DEBOUNCE = timedelta(seconds=10)  # who invites ten people changes the invoice once


def seats_note() -> None:
    """Note that members came or went, or that others are paid for, in the caller's transaction."""
    tenant_id = scope.tenant_id()
    SeatSync.objects.bulk_create([SeatSync(tenant_id=tenant_id)], ignore_conflicts=True)
    SeatSync.objects.filter(tenant_id=tenant_id).update(
        is_dirty=True, revision=F("revision") + 1, changed_at=clock.now()
    )
    jobs().enqueue(
        task="billing.sync_seats",
        arguments={},
        run_at=clock.now() + DEBOUNCE,
        unique=str(tenant_id),
    )
