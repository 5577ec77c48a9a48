"""Forgetting a tenant: its events, delivered or not."""

from uuid import UUID

from apps.core import scope
from apps.core.erasure import delete_rows
from apps.events.models import Delivery, OutboxEvent


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    with scope.as_role("platform"):  # The application may add to the outbox and take nothing away.
        deliveries = Delivery.objects.filter(event__tenant_id=tenant_id)
        deleted, _by_model = deliveries.delete()
        return {"events_delivery": deleted} | delete_rows(OutboxEvent, tenant_id=tenant_id)
