"""What the second wall knows: which tables belong to tenants, and what may be done with them now."""

from collections.abc import Set
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.transaction import TransactionManagementError

from apps.core import scope
from apps.core.db.isolation import Isolation
from apps.core.scope import ScopeMissing

OWN_ROWS = {Isolation.OWN_ROWS, Isolation.OWN_LOG}
TENANTLESS = {Isolation.TENANTLESS, Isolation.OWN_LOG}


class TenantScopeMissing(ScopeMissing):
    """A tenant's table was about to be read or written with no tenant in scope."""

    code = "tenant_scope_missing"

    def __init__(self, table: str) -> None:
        super().__init__(f"{table} belongs to tenants, and no tenant is in scope.")


@cache
def isolations() -> dict[str, Isolation]:
    """Return how each tenant table is isolated, by its table name."""
    return {
        model._meta.db_table: isolation
        for model in apps.get_models(include_auto_created=True)
        if (isolation := isolation_of(model)) is not None
    }


def isolation_of(model: type) -> Isolation | None:
    """Return a model's isolation, or None if its rows belong to no tenant. A `tenant_id` column is enough to belong."""
    declared = getattr(model, "isolation", None)
    if declared is None and any(field.column == "tenant_id" for field in model._meta.local_fields):  # type: ignore[attr-defined]
        return Isolation.TENANT
    return declared


def refuse_unscoped(tables: Set[str], *, writes_new_rows: bool = False) -> None:
    """Check that each tenant table among `tables` may be touched in the present scope.

    :raises TenantScopeMissing: if one may not
    """
    now = scope.current()
    if now.role != "app" or now.tenant_id:
        return
    for table in tables & isolations().keys():
        isolation = isolations()[table]
        own_rows = isolation in OWN_ROWS and now.user_id and not writes_new_rows
        tenantless = isolation in TENANTLESS and writes_new_rows
        if not (own_rows or tenantless):
            raise TenantScopeMissing(table)


def refuse_write_outside_transaction(tables: Set[str], *, using: str) -> None:
    """Check that a write to a tenant table has a transaction around it. On in development and tests.

    :raises TransactionManagementError: if it has none
    """
    if settings.TENANT_WRITES_NEED_TRANSACTION and tables & isolations().keys():
        demand_transaction("A write to a tenant's table", using=using)


def demand_transaction(what: str, *, using: str = "default") -> None:
    """Check that the caller opened a transaction. The one that a test runs in does not count.

    :raises TransactionManagementError: if it did not
    """
    blocks: list[Any] = connections[using].atomic_blocks
    if not any(not block._from_testcase for block in blocks):
        raise TransactionManagementError(f"{what} needs an open transaction: use transaction.atomic().")
