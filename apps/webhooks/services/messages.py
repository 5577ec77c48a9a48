"""Writing messages, and a delivery for each endpoint that wants one."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from apps.core import clock, permissions, scope, subscriptions
from apps.core.webhook_events import WebhookEvent
from apps.jobs.interface import Arguments, jobs
from apps.webhooks.interface import EndpointIsDisabled
from apps.webhooks.models import TEST, Delivery, Endpoint, Message
from apps.webhooks.selectors import endpoint_of

LARGEST = 64 * 1024  # bytes of a body

log = structlog.get_logger(__name__)


def message_write(*, kind: WebhookEvent, event: Any) -> None:
    """Have an event told to the endpoints of the tenant in scope that want it, in the present transaction."""
    enabled = Endpoint.objects.filter(tenant_id=scope.tenant_id(), disabled_at=None, deleted_at=None)
    wanting = [endpoint for endpoint in enabled if kind.name in endpoint.events]
    if wanting:
        message = _write(kind.name, subscriptions.occurred_at(), kind.data_of(event))
        for endpoint in wanting:
            begin(Delivery(endpoint=endpoint, message=message))


def endpoint_test(*, endpoint_id: UUID) -> Delivery:
    """Send an endpoint a test, once: it is not tried again.

    :raises PermissionDenied: if the actor may not manage webhooks
    :raises EndpointNotFound: if there is no such endpoint
    :raises EndpointIsDisabled: if it is turned off
    """
    permissions.require("webhooks.manage")
    endpoint = endpoint_of(endpoint_id)
    if not endpoint.is_enabled:
        raise EndpointIsDisabled
    with transaction.atomic():
        message = _write(TEST, clock.now(), {"id": str(endpoint.id)})
        return begin(Delivery(endpoint=endpoint, message=message))


def begin(delivery: Delivery) -> Delivery:
    """Save a delivery as due now, from the first try on, whatever became of it before."""
    delivery.tries = 0
    return wait(delivery, until=clock.now())


def wait(delivery: Delivery, *, until: datetime) -> Delivery:
    """Save a delivery as due at a time, and have it tried then; earlier tasks for it find nothing to do."""
    delivery.state, delivery.due_at = Delivery.State.PENDING, until
    delivery.ticket += 1
    delivery.save()
    arguments: Arguments = {"delivery_id": str(delivery.id), "ticket": delivery.ticket}
    jobs().enqueue(task="webhooks.deliver", arguments=arguments, run_at=until)
    return delivery


def _write(event: str, occurred_at: datetime, data: dict[str, Any]) -> Message:
    content = {"type": event, "timestamp": occurred_at.isoformat(), "data": data}
    body = _as_text(content)
    if len(body.encode()) > LARGEST:
        log.warning("webhooks.message_too_large", webhook_event=event, bytes=len(body.encode()))
        body = _as_text(content | {"data": {"id": data["id"]}, "is_truncated": True})
    return Message.objects.create(event=event, body=body)


def _as_text(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
