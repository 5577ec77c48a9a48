"""The tables of billing. Amounts are whole numbers of the currency's smallest unit."""

from apps.billing.models.accounts import TERMINAL, BillingAccount, Invoice, Subscription
from apps.billing.models.disputes import Dispute
from apps.billing.models.effects import BillingEffect, CheckoutAttempt, SeatSync
from apps.billing.models.reconcile import Drift, ReconcileRun
from apps.billing.models.usage import UsageAlert, UsageDay, UsageEvent
from apps.billing.models.webhooks import WebhookEvent

__all__ = [
    "TERMINAL",
    "BillingAccount",
    "BillingEffect",
    "CheckoutAttempt",
    "Dispute",
    "Drift",
    "Invoice",
    "ReconcileRun",
    "SeatSync",
    "Subscription",
    "UsageAlert",
    "UsageDay",
    "UsageEvent",
    "WebhookEvent",
]
