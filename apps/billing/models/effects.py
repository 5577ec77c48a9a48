"""What is done once, however often it is asked for: a page to pay on, a number of seats, an effect of a state."""

from django.db import models

from apps.billing.models.accounts import BillingAccount
from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel


class CheckoutAttempt(TenantModel):
    """Somebody on their way to pay. Its id is the key under which Stripe opens one page for it, and no second."""

    class State(models.TextChoices):
        OPEN = "open"
        COMPLETE = "complete"
        EXPIRED = "expired"

    account = TenantForeignKey(BillingAccount, models.CASCADE, related_name="checkouts")
    plan = models.CharField(max_length=64)
    interval = models.CharField(max_length=8)
    quantity = models.PositiveIntegerField()
    session_id = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    started_by = models.UUIDField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id"], condition=models.Q(state="open"), name="billing_checkout_one_open"
            ),
        ]
        indexes = [models.Index(fields=["tenant_id", "account"], name="billing_checkout_account")]

    def __str__(self) -> str:
        return f"{self.plan} {self.state}"


class SeatSync(TenantModel):
    """How many seats a workspace needs, and whether Stripe knows. Not part of the account, whose lock waits for Stripe.

    A number belongs to its revision: what is sent again under the same one is the same.
    """

    desired = models.PositiveIntegerField(default=0)
    revision = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(null=True)
    is_dirty = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id"], name="billing_seatsync_one_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.desired}, revision {self.revision}"


class BillingEffect(TenantModel):
    """Something that is done once, however often the state that asks for it is brought in."""

    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=128)
    done_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "kind", "key"], name="billing_effect_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
