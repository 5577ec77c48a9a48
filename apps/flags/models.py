"""What staff decided about feature flags. The flags themselves are declared in code (apps.core.flags)."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.db.models import TenantModel
from apps.core.ids import new_id


class FlagShare(models.Model):
    """For how many workspaces a flag is on. Only the back office writes here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    flag = models.CharField(_("flag"), max_length=64, unique=True)
    percent = models.PositiveSmallIntegerField(
        _("percent of workspaces"), default=0, validators=[MaxValueValidator(100)]
    )
    reason = models.CharField(_("reason"), max_length=200, help_text=_("Why, for the audit log."))

    class Meta:
        verbose_name = _("feature flag")
        verbose_name_plural = _("feature flags")
        constraints = [
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="flags_share_at_most_all")
        ]

    def __str__(self) -> str:
        return self.flag


class FlagException(TenantModel):
    """A flag's state in one workspace, whatever the share says."""

    class State(models.TextChoices):
        ON = "on", _("On")
        OFF = "off", _("Off")
        SHARE = "share", _("As the share of workspaces says")

    flag = models.CharField(_("flag"), max_length=64)
    state = models.CharField(_("state"), max_length=8, choices=State)
    reason = models.CharField(
        _("reason"), max_length=200, help_text=_("Why. The workspace reads it in its audit log.")
    )

    class Meta(TenantModel.Meta):
        verbose_name = _("feature flag exception")
        verbose_name_plural = _("feature flag exceptions")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "flag"], name="flags_exception_once"),
        ]

    def __str__(self) -> str:
        return self.flag
