"""Where the data of tenants lives."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import TenantMixin

from apps.core import clock
from apps.core.ids import new_id

POOL = "pool"


class Cell(TenantMixin):
    """A PostgreSQL schema that holds product tables: the pool for many tenants, or a silo for one."""

    class Kind(models.TextChoices):
        POOL = "pool", _("Pool")
        SILO = "silo", _("Silo")

    auto_create_schema = False

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8, choices=Kind)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(kind="pool"), name="tenancy_cell_one_pool"
            )
        ]

    def __str__(self) -> str:
        return self.schema_name
