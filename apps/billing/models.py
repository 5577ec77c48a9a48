"""What we know of Stripe: copies, written by `services.sync` alone; and what Stripe told us of.

Amounts are whole numbers of the currency's smallest unit.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel
from apps.core.ids import new_id

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


class WebhookEvent(models.Model):
    """Something Stripe told us of: only what it is about, for the state itself is fetched. Read by the platform alone.

    `failed` is tried again by itself; `parked` waits for staff, or for Stripe to send it again.
    """

    class State(models.TextChoices):
        RECEIVED = "received"
        DONE = "done"
        FAILED = "failed"
        PARKED = "parked"
        IGNORED = "ignored"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_id = models.CharField(max_length=128, unique=True)
    type = models.CharField(max_length=128)
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=128, blank=True)
    customer_id = models.CharField(max_length=64, blank=True)
    livemode = models.BooleanField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    received_at = models.DateTimeField(default=clock.now, editable=False)
    due_at = models.DateTimeField(default=clock.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event of Stripe")
        verbose_name_plural = _("events of Stripe")
        indexes = [
            models.Index(
                fields=["due_at"],
                name="billing_webhookevent_open",
                condition=models.Q(state__in=["received", "failed"]),
            ),
            models.Index(
                fields=["customer_id"],
                name="billing_webhookevent_waiting",
                condition=models.Q(state__in=["received", "failed"]),
            ),
            models.Index(
                fields=["received_at"],
                name="billing_webhookevent_parked",
                condition=models.Q(state="parked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


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


class UsageEvent(TenantModel):
    """Something that was used. `identifier` is the caller's, within a meter; the provider knows it by the row."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Not charged")  # there was nobody to charge
        PARKED = "parked", _("Needs a decision")
        DISCARDED = "discarded", _("Discarded")

    meter = models.CharField(_("meter"), max_length=64)
    quantity = models.PositiveIntegerField(_("quantity"))
    identifier = models.CharField(_("identifier"), max_length=200)
    occurred_at = models.DateTimeField(_("used"))
    recorded_at = models.DateTimeField(_("recorded"), default=clock.now, editable=False)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    first_tried_at = models.DateTimeField(_("first tried"), null=True)
    due_at = models.DateTimeField(_("due"), default=clock.now)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "meter", "identifier"], name="billing_usage_once_per_meter"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "meter", "occurred_at"], include=["quantity"], name="billing_usage_time"
            ),
            models.Index(
                fields=["due_at"], name="billing_usage_waiting", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["due_at"], name="billing_usage_parked", condition=models.Q(state="parked")),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.meter}"


class UsageDay(TenantModel):
    """What was used of a meter on a day (UTC), of the rows that are gone."""

    meter = models.CharField(max_length=64)
    day = models.DateField()
    quantity = models.PositiveBigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "meter", "day"], name="billing_usageday_one_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.meter} {self.day}"


class UsageAlert(TenantModel):
    """That a workspace was told of having used so many percent of what a month includes."""

    meter = models.CharField(max_length=64)
    period_start = models.DateTimeField()
    percent = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "meter", "period_start", "percent"], name="billing_usage_told_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.percent} %"
