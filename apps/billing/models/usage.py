"""What was used, on its way to the provider, and what is kept of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantModel


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
