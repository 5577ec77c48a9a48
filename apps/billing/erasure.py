"""Forgetting a workspace. What Stripe has of it stays there, as tax law wants it."""

from uuid import UUID

from apps.billing.models import (
    BillingAccount,
    BillingEffect,
    CheckoutAttempt,
    Drift,
    Invoice,
    SeatSync,
    Subscription,
    UsageAlert,
    UsageEvent,
)
from apps.core.erasure import delete_rows


def erase(*, tenant_id: UUID) -> dict[str, int]:
    return delete_rows(
        BillingEffect,
        SeatSync,
        UsageAlert,
        UsageEvent,
        Drift,
        CheckoutAttempt,
        Invoice,
        Subscription,
        BillingAccount,
        tenant_id=tenant_id,
    )
