"""Paid seats follow the members: what is needed is noted at once, and told to Stripe a moment later, as a number.

A number, and no step up or down: so neither the order of what happens nor sending it twice matters.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.audit.interface import audit
from apps.billing import selectors
from apps.billing.models import BillingAccount, SeatSync, Subscription
from apps.billing.offers import is_per_seat
from apps.billing.providers.stripe import gateway
from apps.billing.services.sync import sync_account
from apps.core import placement, scope

BECAUSE = "seats sent"


def seats_sync(*, tenant_id: UUID) -> None:
    """Have Stripe charge for as many seats as there are members, unless the plan has another price.

    :raises ProviderUnavailable: if Stripe does not answer; the same number is sent again then
    """
    with scope.use(role="app", tenant_id=tenant_id, cell=placement.cell_of(tenant_id)):
        if not settings.STRIPE_SECRET_KEY or _charged() is None:
            return
        _recount(tenant_id)
        if _send(tenant_id):
            sync_account(tenant_id=tenant_id, because=BECAUSE)


def _charged() -> Subscription | None:
    """Return the subscription whose price is charged for each member, if that is the present one."""
    current = selectors.current_subscription()
    return current if current and is_per_seat(current.lookup_key) else None


def _recount(tenant_id: UUID) -> None:
    """Give a new number a new revision, and commit it before Stripe hears of it."""
    with transaction.atomic():
        SeatSync.objects.bulk_create([SeatSync(tenant_id=tenant_id)], ignore_conflicts=True)
        seats = SeatSync.objects.select_for_update().get(tenant_id=tenant_id)
        needed = selectors.seats(tenant_id)
        if seats.desired != needed:
            seats.desired, seats.revision, seats.is_dirty = needed, seats.revision + 1, True
            seats.save(update_fields=["desired", "revision", "is_dirty"])


def _send(tenant_id: UUID) -> bool:
    with transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(tenant_id=tenant_id)
        waiting = SeatSync.objects.filter(tenant_id=tenant_id, is_dirty=True)
        # Under the lock, as Stripe has it now: after a change of plan the same item may have a base price.
        if not sync_account(tenant_id=tenant_id, because=BECAUSE, claim=waiting.exists):
            return False
        current = _charged()
        if current is None:
            return False
        seats = SeatSync.objects.get(tenant_id=tenant_id)
        # Though our copy has this number already: it may be older than what was sent last.
        gateway().set_quantity(
            subscription_id=current.stripe_id,
            item_id=current.item_id,
            quantity=seats.desired,
            key=f"seat-{current.stripe_id}-{seats.revision}",
        )
        before = current.quantity if seats.confirmed is None else seats.confirmed
        if before != seats.desired:
            audit().record(
                action="billing.seats_changed",
                target_type="billing_account",
                target_id=account.id,
                before={"seats": before},
                after={"seats": seats.desired},
            )
        # Whoever came or went meanwhile has left a later revision, or a task of their own.
        same = SeatSync.objects.filter(tenant_id=tenant_id, revision=seats.revision)
        same.update(confirmed=seats.desired, is_dirty=False)
    return True
