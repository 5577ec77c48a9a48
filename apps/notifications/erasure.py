"""Forgetting a tenant: what its people were told, and how they wanted to be."""

from uuid import UUID

from apps.core import scope
from apps.core.erasure import delete_rows
from apps.notifications.models import Notification, Preference


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    with scope.as_role("platform"):  # A person's inbox is theirs alone.
        return delete_rows(Notification, Preference, tenant_id=tenant_id)
