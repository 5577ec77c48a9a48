"""How a customer comes to pay: the checkout, a trial without a card, and the portal."""

from contextlib import suppress
from typing import Any

import stripe
from django.conf import settings

from apps.billing.providers.stripe.catalogue import Catalogue
from apps.billing.providers.stripe.connection import translated
from apps.billing.providers.stripe.reading import checkout
from apps.billing.providers.values import Checkout, Line


class Checkouts(Catalogue):
    def create_checkout(
        self, *, customer_id: str, lines: tuple[Line, ...], success_url: str, cancel_url: str, key: str
    ) -> Checkout:
        asked: Any = {
            "mode": "subscription",
            "customer": customer_id,
            "line_items": self._items(lines),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "allow_promotion_codes": True,
        }
        if settings.STRIPE_TAX:
            asked |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
        with translated():
            session = self._api.checkout.sessions.create(asked, {"idempotency_key": key})
        return checkout(session.to_dict())

    def get_checkout(self, *, checkout_id: str) -> Checkout:
        with translated():
            return checkout(self._api.checkout.sessions.retrieve(checkout_id).to_dict())

    def expire_checkout(self, *, checkout_id: str) -> None:
        with translated(), suppress(stripe.InvalidRequestError):
            self._api.checkout.sessions.expire(checkout_id)

    def start_trial(self, *, customer_id: str, lines: tuple[Line, ...], days: int, key: str) -> None:
        asked: Any = {
            "customer": customer_id,
            "items": self._items(lines),
            "trial_period_days": days,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        }
        if settings.STRIPE_TAX:
            asked["automatic_tax"] = {"enabled": True}
        with translated():
            self._api.subscriptions.create(asked, {"idempotency_key": key})

    def create_portal(self, *, customer_id: str, return_url: str) -> str:
        with translated():
            session = self._api.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}
            )
        return session.url
