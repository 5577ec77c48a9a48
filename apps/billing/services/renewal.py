"""What a workspace that is shut pays: a deleted one's plan is not renewed, a suspended one's is not charged.

Neither buys one. Whoever keeps it, or is let in again, has the plan as before. What is to be is read anew each time:
so neither the order of what happens nor doing it twice matters.
"""

from functools import partial
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.billing import selectors
from apps.billing.interface import AlreadySubscribed
from apps.billing.models import BillingAccount, BillingEffect, Subscription
from apps.billing.providers.stripe import gateway
from apps.billing.services.checkout import checkout_close
from apps.billing.services.sync import sync_account
from apps.core import placement, scope
from apps.jobs.interface import jobs
from apps.tenancy.interface import tenancy

# What was done by us; what people cancelled, or staff paused at Stripe, stays so.
STOPPED = "renewal_stopped"
PAUSED = "collection_paused"
BECAUSE = "workspace deleted, kept, suspended or resumed"


class Change(Protocol):
    def __call__(self, *, subscription_id: str, key: str) -> None: ...


def renewal_note() -> None:
    """Note that the workspace in scope was shut, or opened again, in the caller's transaction."""
    jobs().enqueue(task="billing.sync_renewal", arguments={})


def renewal_sync(*, tenant_id: UUID) -> None:
    """Have Stripe sell, renew and charge a workspace's plan, unless the workspace is deleted or suspended.

    :raises ProviderUnavailable: if Stripe does not answer; doing it again does the rest
    """
    with scope.use(role="app", tenant_id=tenant_id, cell=placement.cell_of(tenant_id)):
        if not settings.STRIPE_SECRET_KEY:
            return
        stripe, workspace = gateway(), tenancy().get_workspace(tenant_id=tenant_id)
        if workspace.is_suspended or workspace.erase_due_at:
            _sell_no_more(tenant_id)
        current = selectors.current_subscription()
        if current is None:
            return
        if workspace.erase_due_at:
            _begin(
                current, STOPPED, partial(stripe.cancel, at_period_end=True), is_so=bool(current.cancel_at)
            )
        else:
            _end(current, STOPPED, stripe.resume)
        if workspace.is_suspended:
            _begin(current, PAUSED, stripe.pause_collection, is_so=current.collection_paused)
        else:
            _end(current, PAUSED, stripe.resume_collection)
        sync_account(tenant_id=tenant_id, because=BECAUSE)


def _sell_no_more(tenant_id: UUID) -> None:
    """Close the page on which the workspace could pay. If it was paid already, bring that in."""
    try:
        with transaction.atomic():
            BillingAccount.objects.select_for_update().filter(tenant_id=tenant_id).first()
            checkout_close(tenant_id=tenant_id)
    except AlreadySubscribed:
        sync_account(tenant_id=tenant_id, because=BECAUSE)


def _begin(current: Subscription, kind: str, do: Change, *, is_so: bool) -> None:
    with transaction.atomic():
        effect = _done(current, kind)
        if effect is None:
            if is_so:
                return
            effect = BillingEffect.objects.create(kind=kind, key=current.stripe_id)
    do(subscription_id=current.stripe_id, key=f"{kind}-{effect.id}")


def _end(current: Subscription, kind: str, undo: Change) -> None:
    if effect := _done(current, kind):
        undo(subscription_id=current.stripe_id, key=f"end-{kind}-{effect.id}")
        with transaction.atomic():
            effect.delete()


def _done(current: Subscription, kind: str) -> BillingEffect | None:
    return BillingEffect.objects.filter(tenant_id=current.tenant_id, kind=kind, key=current.stripe_id).first()
