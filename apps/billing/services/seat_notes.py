"""Noting that the paid seats may no longer be as many as the members; `seats` tells Stripe."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from apps.billing.models import SeatSync, Subscription
from apps.billing.offers import per_seat_keys
from apps.core import clock, scope
from apps.jobs.interface import jobs

DEBOUNCE = timedelta(seconds=10)  # who invites ten people changes the invoice once
OVERDUE = timedelta(minutes=5)  # by then the task has given up, or was lost
BATCH = 200


def seats_note() -> None:
    """Note that members came or went, or that others are paid for, in the caller's transaction."""
    tenant_id = scope.tenant_id()
    SeatSync.objects.bulk_create([SeatSync(tenant_id=tenant_id)], ignore_conflicts=True)
    SeatSync.objects.filter(tenant_id=tenant_id).update(
        is_dirty=True, revision=F("revision") + 1, changed_at=clock.now()
    )
    _sync_soon(tenant_id)


def seats_sweep() -> int:
    """Have seats sent whose task was lost, or gave up while Stripe was away; return of how many tenants."""
    charged = Subscription.objects.filter(is_current=True, lookup_key__in=per_seat_keys())
    overdue = SeatSync.objects.filter(
        is_dirty=True, changed_at__lt=clock.now() - OVERDUE, tenant_id__in=charged.values("tenant_id")
    )
    with scope.as_role("platform"), transaction.atomic():
        tenants = list(overdue.order_by("changed_at").values_list("tenant_id", flat=True)[:BATCH])
    for tenant_id in tenants:
        with scope.use(role="app", tenant_id=tenant_id), transaction.atomic():
            _sync_soon(tenant_id)
    return len(tenants)


def _sync_soon(tenant_id: UUID) -> None:
    jobs().enqueue(
        task="billing.sync_seats",
        arguments={},
        run_at=clock.now() + DEBOUNCE,
        unique=str(tenant_id),
    )
