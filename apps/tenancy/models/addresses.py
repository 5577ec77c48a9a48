"""What leads to a workspace: its former addresses, and host names of its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantModel


class FormerSlug(TenantModel):
    """An address that a workspace had. It leads to the present one, and nobody else may take it, until `held_until`."""

    slug = models.CharField(_("address"), max_length=40)
    held_until = models.DateTimeField(_("held until"))

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="tenancy_formerslug_once"),
        ]
        indexes = [models.Index(fields=["slug"], name="tenancy_formerslug_slug")]

    def __str__(self) -> str:
        return self.slug


class HostName(TenantModel):
    """A name of a workspace's own that leads to it, once a DNS record has proven that it is theirs."""

    host = models.CharField(_("host name"), max_length=253)
    token = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant_id", "host"], name="tenancy_hostname_once"),
            models.UniqueConstraint(
                fields=["host"],
                condition=models.Q(verified_at__isnull=False),
                name="tenancy_hostname_one_verified",
            ),
        ]

    def __str__(self) -> str:
        return self.host
