"""Webhooks of the emulator, sent to the app as Stripe would send them."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from apps.billing.emulator import Emulator
from apps.billing.models import WebhookEvent
from apps.core import clock, scope
from apps.jobs.models import Task


def post(emulator: Emulator, event: dict[str, Any]) -> HttpResponse:
    """Send an event, signed."""
    body, headers = emulator.webhook(event)
    return post_raw(body, headers["Stripe-Signature"])


def post_raw(body: bytes, signature: str) -> HttpResponse:
    """Send any body under any signature."""
    return Client().post(
        "/stripe/webhook/", body, content_type="application/json", headers={"Stripe-Signature": signature}
    )


def thin(event: dict[str, Any]) -> dict[str, Any]:
    """Return the thin twin of a snapshot event."""
    about = event["data"]["object"]
    return {
        "id": f"{event['id']}_thin",
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "livemode": event["livemode"],
        "created": "2027-01-15T08:00:00Z",
        "related_object": {"id": about["id"], "type": about["object"], "url": f"/v1/{about['id']}"},
    }


def states() -> dict[str, str]:
    """Return the state of each event that was noted."""
    with scope.as_role("platform"):
        return dict(WebhookEvent.objects.values_list("event_id", "state"))


def make_due() -> None:
    """Have tasks that wait for their time run now."""
    with scope.as_role("platform"), transaction.atomic():
        Task.objects.filter(state="queued").update(run_at=clock.now())
