"""Comparisons with Stripe, and what they found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.billing.models.accounts import BillingAccount
from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel
from apps.core.ids import new_id


class ReconcileRun(models.Model):
    """A comparison with Stripe. Of events, `found` are those we had not heard of; of accounts, those that differed.

    Read by the platform alone.
    """

    class Kind(models.TextChoices):
        EVENTS = "events"
        ACCOUNTS = "accounts"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("comparison with Stripe")
        verbose_name_plural = _("comparisons with Stripe")
        indexes = [models.Index(fields=["kind", "-started_at"], name="billing_reconcilerun_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"


class Drift(TenantModel):
    """What we believed of a customer and Stripe did not say; it was put right at once.

    `differences` are objects of `what`, `ours` and `theirs`.
    """

    account = TenantForeignKey(BillingAccount, models.CASCADE, related_name="drifts")
    differences = models.JSONField()
    found_at = models.DateTimeField(default=clock.now)

    class Meta(TenantModel.Meta):
        verbose_name = _("difference from Stripe")
        verbose_name_plural = _("differences from Stripe")
        indexes = [models.Index(fields=["tenant_id", "-found_at"], name="billing_drift_newest")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.found_at:%Y-%m-%d}"
