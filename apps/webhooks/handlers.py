"""Reactions to events: what modules declare is written down for the endpoints, and owners hear of failing ones."""

from functools import partial

from django.conf import settings
from django.urls import reverse

from apps.accounts.interface import accounts
from apps.core import scope, webhook_events
from apps.core.permissions import OWNER
from apps.core.subscriptions import handles, subscribe
from apps.tenancy.interface import tenancy
from apps.webhooks.events import EndpointDisabled
from apps.webhooks.letters import letter
from apps.webhooks.models import Endpoint
from apps.webhooks.services.messages import message_write


def subscribe_to_declared() -> None:
    """Write a message for each event that a module declares."""
    for kind in webhook_events.declared():
        subscribe(kind.event_type, "webhooks.write_message", partial(_write_message, kind))


def _write_message(kind: webhook_events.WebhookEvent, event: object) -> None:
    message_write(kind=kind, event=event)


@handles(EndpointDisabled)
def send_disabled(event: EndpointDisabled) -> None:
    """Tell the owners that an endpoint was turned off, each in their language, unless it is on again."""
    endpoint = Endpoint.objects.filter(id=event.endpoint_id, deleted_at=None).first()
    if endpoint is None or endpoint.is_enabled:
        return
    workspace = tenancy().get_workspace(tenant_id=scope.tenant_id())
    context = {
        "workspace": workspace.name,
        "endpoint": endpoint,
        "url": settings.BASE_URL + reverse("webhooks:endpoint", args=[workspace.slug, endpoint.id]),
    }
    for member in tenancy().list_members(tenant_id=workspace.id):
        if member.role == OWNER and not member.is_suspended:
            person = accounts().get_person(user_id=member.user_id)
            letter("disabled", to=person.email, language=person.language, context=context).send()
