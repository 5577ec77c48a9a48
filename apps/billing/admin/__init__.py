"""Billing in the back office: accounts and what happened to them, and what waits for a decision."""

from apps.billing.admin.accounts import BillingAccountAdmin
from apps.billing.admin.disputes import DisputeAdmin
from apps.billing.admin.reconcile import DriftAdmin, ReconcileRunAdmin
from apps.billing.admin.usage import UsageEventAdmin
from apps.billing.admin.webhooks import WebhookEventAdmin

__all__ = [
    "BillingAccountAdmin",
    "DisputeAdmin",
    "DriftAdmin",
    "ReconcileRunAdmin",
    "UsageEventAdmin",
    "WebhookEventAdmin",
]
