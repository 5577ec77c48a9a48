"""Signatures of messages, after https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""

import base64
import hmac
import secrets
from datetime import datetime
from itertools import product

from django.conf import settings

from apps.webhooks.models import Endpoint, Message

PREFIX = "whsec_"


def renew(endpoint: Endpoint) -> None:
    """Set, unsaved, what an endpoint's new secret is made of, together with our present key."""
    endpoint.salt, endpoint.key_mark = secrets.token_urlsafe(32), mark_of(settings.WEBHOOKS_SECRET)


def mark_of(our: str) -> str:
    """Return what tells a key of ours from others without telling it."""
    return hmac.digest(our.encode(), b"webhooks.key", "sha256").hex()[:8]


def secret_of(endpoint: Endpoint) -> str:
    """Return the endpoint's secret, as the customer is shown it."""
    return PREFIX + base64.b64encode(_key(endpoint, endpoint.salt, settings.WEBHOOKS_SECRET)).decode()


def headers_of(message: Message, endpoint: Endpoint, now: datetime) -> dict[str, str]:
    """Return the headers by which the customer verifies a message that is sent now.

    Each secret signs that the customer may have: of the former salt while it is valid, and of our former keys.
    """
    salts = [endpoint.salt]
    if endpoint.former_until and endpoint.former_until > now:
        salts.append(endpoint.former_salt)
    timestamp = int(now.timestamp())
    signed = f"{message.id}.{timestamp}.{message.body}".encode()
    ours = [settings.WEBHOOKS_SECRET, *settings.WEBHOOKS_SECRET_FALLBACKS]
    signatures = [
        hmac.digest(_key(endpoint, salt, our), signed, "sha256") for our, salt in product(ours, salts)
    ]
    return {
        "webhook-id": str(message.id),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def _key(endpoint: Endpoint, salt: str, our: str) -> bytes:
    made_of = f"webhooks.secret:{endpoint.id}:{salt}"
    return hmac.digest(our.encode(), made_of.encode(), "sha256")
