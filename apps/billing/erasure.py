"""Forgetting a workspace. What it still pays for is ended at Stripe; its invoices stay there, as tax law wants it."""

from uuid import UUID

from django.conf import settings

from apps.billing.models import (
    TERMINAL,
    BillingAccount,
    BillingEffect,
    CheckoutAttempt,
    Dispute,
    Drift,
    Invoice,
    SeatSync,
    Subscription,
    UsageAlert,
    UsageDay,
    UsageEvent,
)
from apps.billing.providers.stripe import gateway
from apps.core.erasure import delete_rows


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """:raises ProviderUnavailable: if Stripe can't end the subscriptions now; then nothing is forgotten yet"""
    _end_subscriptions(tenant_id)
    return delete_rows(
        BillingEffect,
        SeatSync,
        UsageAlert,
        UsageDay,
        UsageEvent,
        Drift,
        Dispute,
        CheckoutAttempt,
        Invoice,
        Subscription,
        BillingAccount,
        tenant_id=tenant_id,
    )


def _end_subscriptions(tenant_id: UUID) -> None:
    account = BillingAccount.objects.filter(tenant_id=tenant_id).first()
    if account is None or not account.stripe_customer_id or not settings.STRIPE_SECRET_KEY:
        return
    for found in gateway().get_account(customer_id=account.stripe_customer_id).subscriptions:
        if found.status not in TERMINAL:
            gateway().cancel(subscription_id=found.id, at_period_end=False, key=f"erase-{found.id}")
