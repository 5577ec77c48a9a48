"""Customers: copies of what Stripe has, written by `services.sync` alone."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel

TERMINAL = ("canceled", "incomplete_expired")


class BillingAccount(TenantModel):
    """A workspace as a customer. Whoever brings in news of it locks this row first, and asks Stripe then."""

    stripe_customer_id = models.CharField(max_length=64, null=True, unique=True)
    livemode = models.BooleanField(default=False)
    payment_method = models.CharField(max_length=64, blank=True, help_text="such as “visa 4242”")
    delinquent_since = models.DateTimeField(null=True)
    synced_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("billing account")
        verbose_name_plural = _("billing accounts")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id"], name="billing_account_one_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.stripe_customer_id or str(self.tenant_id)


class Subscription(TenantModel):
    """A subscription, as Stripe had it when we last asked.

    `is_current` is the one that decides about access. Another that lives beside it is a duplicate, for staff.
    """

    account = TenantForeignKey(BillingAccount, models.CASCADE, related_name="subscriptions")
    stripe_id = models.CharField(max_length=64, unique=True)
    status = models.CharField(max_length=32)
    plan = models.CharField(max_length=64, blank=True, help_text="empty if no price is one of ours")
    lookup_key = models.CharField(max_length=128, blank=True)
    item_id = models.CharField(max_length=64, blank=True, help_text="of Stripe's, whose quantity it is")
    quantity = models.PositiveIntegerField(default=0)
    unit_amount = models.BigIntegerField(default=0)
    interval = models.CharField(max_length=8, blank=True)
    currency = models.CharField(max_length=3)
    awaits_first_payment = models.BooleanField(default=False)
    collection_paused = models.BooleanField(default=False, db_default=False)
    period_start = models.DateTimeField(null=True)
    period_end = models.DateTimeField(null=True)
    trial_end = models.DateTimeField(null=True)
    cancel_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    is_current = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=models.Q(is_current=True),
                name="billing_subscription_one_current",
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "account"], name="billing_subscription_account")]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"


class Invoice(TenantModel):
    """An invoice, as Stripe had it when we last asked."""

    account = TenantForeignKey(BillingAccount, models.CASCADE, related_name="invoices")
    stripe_id = models.CharField(max_length=64, unique=True)
    subscription_stripe_id = models.CharField(max_length=64, blank=True)
    number = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=32)
    billing_reason = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=3)
    total = models.BigIntegerField()
    amount_paid = models.BigIntegerField()
    amount_remaining = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    url = models.TextField(blank=True)
    issued_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant_id", "account", "-issued_at"], name="billing_invoice_newest"),
        ]

    def __str__(self) -> str:
        return self.number or self.stripe_id
