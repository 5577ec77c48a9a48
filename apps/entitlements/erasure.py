"""Forgetting a tenant: its plan, and what staff granted besides."""

from uuid import UUID

from apps.core.erasure import delete_rows
from apps.entitlements.models import CurrentPlan, LimitLock, Override


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return delete_rows(LimitLock, Override, CurrentPlan, tenant_id=tenant_id)
