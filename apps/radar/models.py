"""Competitors, and the signals they give off."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel


class Competitor(TenantModel):
    """A company that the workspace keeps an eye on."""

    name = models.CharField(_("name"), max_length=120)
    website = models.URLField(_("website"), max_length=500, blank=True)
    notes = models.TextField(_("notes"), max_length=5000, blank=True)
    created_at = models.DateTimeField(_("added"), default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant_id", Lower("name"), condition=Q(deleted_at=None), name="radar_competitor_one_per_name"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "name", "id"], name="radar_competitor_by_name"),
            models.Index(fields=["tenant_id", "-created_at", "-id"], name="radar_competitor_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class Signal(TenantModel):
    """Something a competitor did, where it was seen, and how much it matters."""

    class Kind(models.TextChoices):
        PRICE = "price", _("Price")
        PRODUCT = "product", _("Product")
        HIRING = "hiring", _("Hiring")
        FUNDING = "funding", _("Funding")
        PRESS = "press", _("Press")

    class Importance(models.IntegerChoices):
        LOW = 1, _("Low")
        MEDIUM = 2, _("Medium")
        HIGH = 3, _("High")

    competitor = TenantForeignKey(Competitor, models.CASCADE, related_name="signals")
    title = models.CharField(_("title"), max_length=200)
    source_url = models.URLField(_("source address"), max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    importance = models.PositiveSmallIntegerField(
        _("importance"), choices=Importance, default=Importance.MEDIUM
    )
    seen_at = models.DateTimeField(_("seen"), default=clock.now)
    created_at = models.DateTimeField(_("added"), default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        indexes = [
            models.Index(fields=["tenant_id", "-seen_at", "-id"], name="radar_signal_newest"),
            models.Index(fields=["tenant_id", "competitor", "-seen_at"], name="radar_signal_competitor"),
            models.Index(
                fields=["tenant_id", "-importance", "-seen_at", "-id"], name="radar_signal_most_important"
            ),
            models.Index(fields=["tenant_id", "title", "id"], name="radar_signal_by_title"),
            models.Index(fields=["tenant_id", "kind", "-seen_at"], name="radar_signal_kind"),
            # What was deleted together is brought back together.
            models.Index(
                fields=["tenant_id", "deleted_at"],
                condition=~Q(deleted_at=None),
                name="radar_signal_deleted",
            ),
        ]

    def __str__(self) -> str:
        return self.title
