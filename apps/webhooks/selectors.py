"""Reading the endpoints and deliveries of the tenant in scope."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from apps.core import permissions, scope
from apps.webhooks.interface import DeliveryNotFound, EndpointNotFound
from apps.webhooks.models import Delivery, Endpoint


def endpoints() -> QuerySet[Endpoint]:
    """Return the endpoints, oldest first.

    :raises PermissionDenied: if the actor may not manage webhooks
    """
    permissions.require("webhooks.manage")
    return Endpoint.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None).order_by("created_at", "id")


def endpoint_of(endpoint_id: UUID) -> Endpoint:
    """Return an endpoint.

    :raises EndpointNotFound: if there is none
    """
    endpoint = endpoints().filter(id=endpoint_id).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def deliveries() -> QuerySet[Delivery]:
    """Return the deliveries to all endpoints with their messages, newest first."""
    permissions.require("webhooks.manage")
    found = Delivery.objects.filter(tenant_id=scope.tenant_id(), endpoint__deleted_at=None)
    return found.select_related("message", "endpoint").order_by("-id")


def delivery_of(delivery_id: UUID) -> Delivery:
    """Return a delivery.

    :raises DeliveryNotFound: if there is none
    """
    delivery = deliveries().filter(id=delivery_id).first()
    if delivery is None:
        raise DeliveryNotFound
    return delivery


def failed(endpoint_id: UUID, *, since: datetime, until: datetime | None = None) -> QuerySet[Delivery]:
    """Return an endpoint's failed deliveries that were begun in a range of time, oldest first."""
    found = Delivery.objects.filter(
        tenant_id=scope.tenant_id(),
        endpoint_id=endpoint_id,
        state=Delivery.State.FAILED,
        created_at__gte=since,
    )
    return (found.filter(created_at__lt=until) if until else found).order_by("id")
