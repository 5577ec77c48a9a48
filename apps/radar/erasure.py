"""Forgetting a tenant."""

from uuid import UUID

from apps.core.erasure import delete_rows
from apps.radar.models import Competitor, Import, ImportPart, SavedFilter, Signal


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return delete_rows(Signal, Competitor, ImportPart, Import, SavedFilter, tenant_id=tenant_id)
