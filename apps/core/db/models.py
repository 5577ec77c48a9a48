"""The base of every tenant-owned table, and the key that joins two of them."""

from typing import Any
from uuid import UUID

from django.db import models

from apps.core import scope
from apps.core.ids import new_id


def current_tenant_id() -> UUID | None:
    """Return the tenant in scope. None where there is none: the database then refuses the row."""
    return scope.current().tenant_id


class TenantModel(models.Model):
    """A row that belongs to one tenant.

    A migration that creates such a table adds `EnableRowSecurity`, and `TenantForeignKeyConstraint` for each
    `TenantForeignKey`. The catalogue test fails when one is forgotten.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(default=current_tenant_id, editable=False)

    class Meta:
        abstract = True
        constraints = [
            # What composite foreign keys point at.
            models.UniqueConstraint(fields=["tenant_id", "id"], name="%(app_label)s_%(class)s_tenant_id_id")
        ]


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference to another row of the same tenant.

    PostgreSQL checks foreign keys without row security, so a plain one could point into another tenant. The real
    key is `(tenant_id, <column>)`, made by `TenantForeignKeyConstraint` in a migration; index it the same way.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["db_constraint"]
        return name, path, args, kwargs
