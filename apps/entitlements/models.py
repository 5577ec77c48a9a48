"""What is known of tenants' plans, and what staff decided besides."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantModel
from apps.entitlements.interface import Standing


class CurrentPlan(TenantModel):
    """The plan that a workspace has; see `PlanFacts`. A workspace without a row is on the default plan."""

    class StandingChoice(models.TextChoices):
        FULL = Standing.FULL, _("Full")
        GRACE = Standing.GRACE, _("Grace")
        READ_ONLY = Standing.READ_ONLY, _("Read-only")

    plan = models.CharField(_("plan"), max_length=64, blank=True)
    standing = models.CharField(_("standing"), max_length=16, choices=StandingChoice)
    until = models.DateTimeField(_("until"), null=True)
    ends_at = models.DateTimeField(_("ends"), null=True)
    trial_end = models.DateTimeField(_("end of the trial"), null=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    changed_at = models.DateTimeField(_("changed"), default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("current plan")
        verbose_name_plural = _("current plans")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id"], name="entitlements_plan_one_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.plan


class Override(TenantModel):
    """What staff granted or took from one workspace for a time, whatever its plan says. The latest one holds.

    `value` is 1 or 0 for a feature; for a limit the amount, or null for no limit.
    """

    name = models.CharField(_("feature or limit"), max_length=64)
    value = models.PositiveIntegerField(_("value"), null=True, blank=True)
    starts_at = models.DateTimeField(_("granted"), default=clock.now, editable=False)
    ends_at = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=200, help_text=_("Why, for the audit log."))
    granted_by = models.UUIDField(_("granted by"), null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("override of a plan")
        verbose_name_plural = _("overrides of plans")
        indexes = [models.Index(fields=["tenant_id", "ends_at"], name="entitlements_override_ends")]

    def __str__(self) -> str:
        return self.name


class LimitLock(TenantModel):
    """Whoever claims the last unit of a limit waits for this row."""

    limit = models.CharField(max_length=64)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "limit"], name="entitlements_lock_one_per_limit"),
        ]

    def __str__(self) -> str:
        return self.limit
