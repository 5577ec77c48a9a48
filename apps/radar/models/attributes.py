"""What a workspace wants to know about its signals besides what every workspace does."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel
from apps.radar.models.signals import Signal


class Attribute(TenantModel):
    """Something that a workspace wants to know about each signal: a field of its own making."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        YES_NO = "yes_no", _("Yes or no")

    name = models.CharField(_("name"), max_length=60)
    #: What addresses and the API call it; it stays when the name changes.
    slug = models.CharField(_("short name"), max_length=40, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant_id", Lower("name"), condition=Q(deleted_at=None), name="radar_attribute_one_per_name"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "slug"],
                condition=Q(deleted_at=None),
                name="radar_attribute_one_per_slug",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AttributeValue(TenantModel):
    """A signal's value of one attribute, in the column of its kind, where row security lets an index find it."""

    attribute = TenantForeignKey(Attribute, models.CASCADE, related_name="values")
    signal = TenantForeignKey(Signal, models.CASCADE, related_name="values")
    text = models.CharField(max_length=200, null=True)
    number = models.FloatField(null=True)
    day = models.DateField(null=True)
    flag = models.BooleanField(null=True)

    class Meta:
        verbose_name = _("value of an attribute")
        verbose_name_plural = _("values of attributes")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "signal", "attribute"], name="radar_attributevalue_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "attribute", column, "signal"],
                condition=Q(**{f"{column}__isnull": False}),
                name=f"radar_attributevalue_{column}",
            )
            for column in ("text", "number", "day", "flag")
        ]
