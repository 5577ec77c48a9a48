"""Disputes, as Stripe last told of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.billing.models.accounts import BillingAccount
from apps.core.db.models import TenantForeignKey, TenantModel


class Dispute(TenantModel):
    """A payment that a customer's bank wants back, as Stripe had it when it last told of it. Staff answer at Stripe."""

    account = TenantForeignKey(BillingAccount, models.CASCADE, related_name="disputes")
    stripe_id = models.CharField(max_length=64, unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(_("reason"), max_length=64)
    status = models.CharField(_("state"), max_length=32)
    is_over = models.BooleanField(_("over"))
    needs_answer = models.BooleanField(_("needs an answer"))
    answer_due_at = models.DateTimeField(_("answer due"), null=True)
    opened_at = models.DateTimeField(_("opened"))

    class Meta(TenantModel.Meta):
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        indexes = [models.Index(fields=["tenant_id", "-opened_at"], name="billing_dispute_newest")]

    def __str__(self) -> str:
        return f"{self.stripe_id} {self.status}"
