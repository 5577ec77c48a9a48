"""Reactions to events: what modules declare is written down for the endpoints."""

from functools import partial

from apps.core import webhook_events
from apps.core.subscriptions import subscribe
from apps.webhooks.services.messages import message_write


def subscribe_to_declared() -> None:
    """Write a message for each event that a module declares."""
    for kind in webhook_events.declared():
        subscribe(kind.event_type, "webhooks.write_message", partial(_write_message, kind))


def _write_message(kind: webhook_events.WebhookEvent, event: object) -> None:
    message_write(kind=kind, event=event)
