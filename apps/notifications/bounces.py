"""What the mail provider tells of mails that it sent, through django-anymail's addresses."""

from typing import Any

from anymail.signals import EventType, RejectReason, tracking

from apps.notifications.models import Suppression
from apps.notifications.services.suppressions import address_suppress

FAILED = (EventType.BOUNCED, EventType.REJECTED)
FOR_GOOD = (RejectReason.BOUNCED, RejectReason.INVALID)


def listen() -> None:
    """Have anymail call us; it tells by a Django signal alone."""
    tracking.connect(_note, dispatch_uid="notifications")


def _note(event: Any, **_others: Any) -> None:
    """Suppress the address after a complaint, or when the provider gave up on it; what it tries again is left alone."""
    if event.event_type == EventType.COMPLAINED:
        address_suppress(address=event.recipient, reason=Suppression.Reason.COMPLAINED)
    elif event.event_type in FAILED and event.reject_reason in FOR_GOOD:
        address_suppress(address=event.recipient, reason=Suppression.Reason.BOUNCED)
