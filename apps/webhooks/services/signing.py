"""Signatures of messages, after https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md."""

import base64
import hmac
import secrets
from datetime import datetime

from django.conf import settings

from apps.webhooks.models import Endpoint, Message

PREFIX = "whsec_"


def new_salt() -> str:
    """Return what a new secret is made of, together with the key of ours."""
    return secrets.token_urlsafe(32)


def secret_of(endpoint: Endpoint) -> str:
    """Return the endpoint's secret, as the customer is shown it."""
    return PREFIX + base64.b64encode(_key(endpoint, endpoint.salt)).decode()


def headers_of(message: Message, endpoint: Endpoint, now: datetime) -> dict[str, str]:
    """Return the headers by which the customer verifies a message that is sent now; each valid secret signs."""
    salts = [endpoint.salt]
    if endpoint.former_until and endpoint.former_until > now:
        salts.append(endpoint.former_salt)
    timestamp = int(now.timestamp())
    signed = f"{message.id}.{timestamp}.{message.body}".encode()
    signatures = [hmac.digest(_key(endpoint, salt), signed, "sha256") for salt in salts]
    return {
        "webhook-id": str(message.id),
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }


def _key(endpoint: Endpoint, salt: str) -> bytes:
    made_of = f"webhooks.secret:{endpoint.id}:{salt}"
    return hmac.digest(settings.WEBHOOKS_SECRET.encode(), made_of.encode(), "sha256")
