"""Forgetting a tenant: its API keys. People belong to no tenant and stay."""

from uuid import UUID

from apps.accounts.models import ApiKey
from apps.core.erasure import delete_rows


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return delete_rows(ApiKey, tenant_id=tenant_id)
