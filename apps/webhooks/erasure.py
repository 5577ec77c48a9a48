"""Forgetting a tenant."""

from uuid import UUID

from apps.core.erasure import delete_rows
from apps.webhooks.models import Attempt, Delivery, Endpoint, Message


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return delete_rows(Attempt, Delivery, Message, Endpoint, tenant_id=tenant_id)
