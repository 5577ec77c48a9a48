"""Stripe, through its SDK. `base_addresses` alone differs in development, where the emulator answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from apps.billing.providers.base import AccountState, BadSignature, EventNotice, Gateway, ProviderUnavailable
from apps.billing.providers.reading import event_notice, invoice_state, subscription_state

TIMEOUT = (2.0, 5.0)  # seconds to connect and to answer; an account is locked meanwhile
TOLERANCE = 300  # seconds that a signature is old at most
PAGE = 100


class StripeGateway(Gateway):
    def __init__(self, *, key: str, base: str, secrets: tuple[str, ...]) -> None:
        self.livemode = is_live(key)
        self._secrets = secrets
        addresses: Any = {"api": base, "meter_events": base} if base else {}
        client = stripe.StripeClient(
            key,
            base_addresses=addresses,
            max_network_retries=0,  # the job is tried again, without holding a lock
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
        )
        self._api = client.v1
        self._readers: dict[str, Any] = {
            "checkout.session": self._api.checkout.sessions,
            "charge": self._api.charges,
            "invoice": self._api.invoices,
            "payment_method": self._api.payment_methods,
            "subscription": self._api.subscriptions,
        }

    def read_webhook(self, *, body: bytes, signature: str) -> EventNotice:
        if not any(_is_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature
        return event_notice(json.loads(body))

    def get_account(self, *, customer_id: str) -> AccountState:
        with _translated():
            try:
                customer = self._api.customers.retrieve(customer_id).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return AccountState()
                raise
            if customer.get("deleted"):
                return AccountState()
            subscriptions = self._api.subscriptions.list(
                {"customer": customer_id, "status": "all", "limit": PAGE}
            )
            found = [one.to_dict() for one in subscriptions.auto_paging_iter()]
            invoices = self._api.invoices.list({"customer": customer_id, "limit": PAGE})
            newest = [one.to_dict() for one in invoices.data]
        return AccountState(
            subscriptions=tuple(subscription_state(one) for one in found),
            invoices=tuple(invoice_state(one) for one in newest),
        )

    def customer_of(self, *, object_type: str, object_id: str) -> str:
        if object_type == "customer":
            return object_id
        reader = self._readers.get(object_type)
        if reader is None or not object_id:
            return ""
        with _translated():
            try:
                found = reader.retrieve(object_id).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return ""
                raise
        return str(found.get("customer") or "")


def is_live(key: str) -> bool:
    """Tell whether a key moves real money."""
    return key.startswith(("sk_live_", "rk_live_"))


def gateway() -> Gateway:
    """Return the gateway that the settings describe, made once per process."""
    return _gateway(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, tuple(settings.STRIPE_WEBHOOK_SECRETS)
    )


@cache
def _gateway(key: str, base: str, secrets: tuple[str, ...]) -> Gateway:
    return StripeGateway(key=key, base=base, secrets=secrets)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderUnavailable from error
    except stripe.StripeError as error:
        if (error.http_status or 500) >= 500:
            raise ProviderUnavailable from error
        raise
