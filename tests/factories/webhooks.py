"""Webhooks for tests."""

from django.db import transaction

from apps.core import clock
from apps.webhooks.models import TEST, Attempt, Delivery, Endpoint, Message
from apps.webhooks.services.signing import renew, secret_of


def endpoint(url: str, **details: object) -> Endpoint:
    """Make an endpoint in the workspace in scope, wherever its address leads."""
    made = Endpoint(url=url, **{"events": ["member.removed"]} | details)
    renew(made)
    with transaction.atomic():
        made.save()
    return made


def tell(mark: str) -> str:
    """Fill the workspace in scope for the leak test (tests/architecture/leaks/story.py); return a secret."""
    told = endpoint(f"https://{mark}.example/in", description=f"Webhook {mark}")
    endpoint(f"https://{mark}.example/former", deleted_at=clock.now())
    with transaction.atomic():
        message = Message.objects.create(event=TEST, body=f'{{"note":"{mark}"}}')
        delivery = Delivery.objects.create(endpoint=told, message=message)
        Attempt.objects.create(delivery=delivery, url=told.url, response_body=f"Answer {mark}")
    return secret_of(told)
