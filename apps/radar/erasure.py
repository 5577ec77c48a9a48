"""Forgetting a tenant."""

from uuid import UUID

from apps.core.erasure import delete_rows
from apps.radar.models import Attribute, AttributeValue, Competitor, Import, ImportPart, SavedFilter, Signal


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    tables = (AttributeValue, Attribute, Signal, Competitor, ImportPart, Import, SavedFilter)
    return delete_rows(*tables, tenant_id=tenant_id)
