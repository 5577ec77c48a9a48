"""Billing accounts for tests."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from apps.billing.models import (
    BillingAccount,
    Dispute,
    Drift,
    Invoice,
    ReconcileRun,
    Subscription,
    UsageEvent,
    WebhookEvent,
)
from apps.core import clock, scope
from apps.core.ids import new_id


def account(customer: str = "", **details: Any) -> BillingAccount:
    """Make the workspace in scope a customer."""
    with transaction.atomic():
        return BillingAccount.objects.create(stripe_customer_id=customer or f"cus_{new_id().hex}", **details)


def subscription(account: BillingAccount, **details: Any) -> Subscription:
    """Give an account a subscription, which began today."""
    details = {
        "stripe_id": f"sub_{new_id().hex}",
        "status": "active",
        "plan": "team",
        "lookup_key": "team_month",
        "quantity": 3,
        "currency": "eur",
        "started_at": clock.now(),
        "is_current": True,
    } | details
    with transaction.atomic():
        return Subscription.objects.create(account=account, **details)


def event(customer: str, **details: Any) -> WebhookEvent:
    """Note an event about a customer."""
    details = {
        "event_id": f"evt_{new_id().hex}",
        "type": "invoice.paid",
        "object_type": "invoice",
        "object_id": "in_1",
        "livemode": False,
    } | details
    with scope.as_role("platform"), transaction.atomic():
        return WebhookEvent.objects.create(customer_id=customer, **details)


def dispute(account: BillingAccount, **details: Any) -> Dispute:
    """Have a bank want a payment of an account back."""
    details = {
        "stripe_id": f"du_{new_id().hex}",
        "amount": 3600,
        "currency": "eur",
        "reason": "fraudulent",
        "status": "needs_response",
        "is_over": False,
        "needs_answer": True,
        "answer_due_at": clock.now() + timedelta(days=7),
        "opened_at": clock.now(),
    } | details
    with transaction.atomic():
        return Dispute.objects.create(account=account, **details)


def everything() -> BillingAccount:
    """Give the workspace in scope a row of everything that staff see."""
    made = account()
    subscription(made)
    event(str(made.stripe_customer_id))
    dispute(made)
    with transaction.atomic():
        Invoice.objects.create(
            account=made,
            stripe_id=f"in_{new_id().hex}",
            status="paid",
            currency="eur",
            total=3600,
            amount_paid=3600,
            amount_remaining=0,
            issued_at=clock.now() - timedelta(hours=1),
        )
        UsageEvent.objects.create(meter="checks", quantity=5, identifier="a", occurred_at=clock.now())
        Drift.objects.create(
            account=made, differences=[{"what": "sub_1 status", "ours": "active", "theirs": "canceled"}]
        )
    with scope.as_role("platform"), transaction.atomic():
        ReconcileRun.objects.create(kind=ReconcileRun.Kind.ACCOUNTS)
    return made
