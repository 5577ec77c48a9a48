"""Forgetting a tenant: what staff decided about feature flags for it."""

from uuid import UUID

from apps.core.erasure import delete_rows
from apps.flags.models import FlagException


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return delete_rows(FlagException, tenant_id=tenant_id)
