"""The plan of a workspace that is deleted is not renewed while it can still be kept; who keeps it has it as before.

What is to be is read anew each time: so neither the order of what happens nor doing it twice matters.
"""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.billing import selectors
from apps.billing.models import BillingEffect, Subscription
from apps.billing.providers.stripe import gateway
from apps.billing.services.sync import sync_account
from apps.core import placement, scope
from apps.jobs.interface import jobs
from apps.tenancy.interface import tenancy

STOPPED = "renewal_stopped"  # by us; what people cancelled themselves stays so
BECAUSE = "workspace deleted or kept"


def renewal_note() -> None:
    """Note that the workspace in scope was deleted, or is kept, in the caller's transaction."""
    jobs().enqueue(task="billing.sync_renewal", arguments={})


def renewal_sync(*, tenant_id: UUID) -> None:
    """Have Stripe renew a workspace's plan, unless the workspace is deleted.

    :raises ProviderUnavailable: if Stripe does not answer; doing it again does the rest
    """
    with scope.use(role="app", tenant_id=tenant_id, cell=placement.cell_of(tenant_id)):
        current = selectors.current_subscription() if settings.STRIPE_SECRET_KEY else None
        if current is None:
            return
        if tenancy().get_workspace(tenant_id=tenant_id).erase_due_at:
            _stop(current)
        else:
            _go_on(current)
        sync_account(tenant_id=tenant_id, because=BECAUSE)


def _stop(current: Subscription) -> None:
    with transaction.atomic():
        effect = _stopped(current)
        if effect is None:
            if current.cancel_at:
                return
            effect = BillingEffect.objects.create(kind=STOPPED, key=current.stripe_id)
    gateway().cancel(subscription_id=current.stripe_id, at_period_end=True, key=f"stop-{effect.id}")


def _go_on(current: Subscription) -> None:
    if effect := _stopped(current):
        gateway().resume(subscription_id=current.stripe_id, key=f"go-on-{effect.id}")
        with transaction.atomic():
            effect.delete()


def _stopped(current: Subscription) -> BillingEffect | None:
    return BillingEffect.objects.filter(
        tenant_id=current.tenant_id, kind=STOPPED, key=current.stripe_id
    ).first()
