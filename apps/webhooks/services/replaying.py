"""Sending again what was sent or failed before."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit.interface import audit
from apps.core import permissions
from apps.jobs.interface import jobs
from apps.webhooks.interface import DeliveryNotFound, EndpointIsDisabled
from apps.webhooks.models import Delivery, Endpoint
from apps.webhooks.selectors import deliveries, endpoint_of, failed
from apps.webhooks.services.messages import begin

BATCH = 200


def delivery_replay(*, delivery_id: UUID) -> Delivery:
    """Send a message to its endpoint again, under the same `webhook-id`, with all tries before it.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises DeliveryNotFound: if there is none with this id
    :raises EndpointIsDisabled: if its endpoint is turned off
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        delivery = deliveries().select_for_update(of=("self",)).filter(id=delivery_id).first()
        if delivery is None:
            raise DeliveryNotFound
        _demand_enabled(delivery.endpoint)
        _record(delivery.endpoint, 1)
        return begin(delivery)


def failed_replay(*, endpoint_id: UUID, since: datetime, until: datetime | None = None) -> int:
    """Have all failed deliveries of a range of time sent again, in the background; return how many there are.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is no such endpoint
    :raises EndpointIsDisabled: if it is turned off
    """
    permissions.require("webhooks.manage")
    with transaction.atomic():
        endpoint = endpoint_of(endpoint_id)
        _demand_enabled(endpoint)
        count = failed(endpoint_id, since=since, until=until).count()
        if count:
            arguments = {
                "endpoint_id": str(endpoint_id),
                "since": since.isoformat(),
                "until": until.isoformat() if until else None,
            }
            jobs().enqueue(task="webhooks.replay_failed", arguments=arguments)
            _record(endpoint, count)
    return count


def replay_in_batches(*, endpoint_id: UUID, since: datetime, until: datetime | None) -> None:
    """Begin each failed delivery of a range again. One that fails meanwhile is left as it is."""
    ids = list(failed(endpoint_id, since=since, until=until).values_list("id", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            still = Delivery.objects.select_for_update().filter(
                id__in=ids[start : start + BATCH], state=Delivery.State.FAILED
            )
            for delivery in still.order_by("id"):
                begin(delivery)


def _demand_enabled(endpoint: Endpoint) -> None:
    if not endpoint.is_enabled:
        raise EndpointIsDisabled


def _record(endpoint: Endpoint, count: int) -> None:
    audit().record(
        action="webhooks.replayed",
        target_type="webhook_endpoint",
        target_id=endpoint.id,
        target_label=str(endpoint),
        after={"count": count},
    )
