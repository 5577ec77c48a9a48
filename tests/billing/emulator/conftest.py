"""A customer with a card, and prices."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from apps.billing.emulator import Emulator

DAY = 24 * 60 * 60
Subscribe = Callable[..., Any]


@pytest.fixture
def api(stripe_emulator: Emulator) -> Any:
    """The SDK's client."""
    return stripe.StripeClient("sk_test_emulator", base_addresses={"api": stripe_emulator.url}).v1


@pytest.fixture
def price(api: Any) -> Callable[..., str]:
    """Make a price; by default 10 euros a month."""

    def make(amount: int = 1000, interval: str = "month", **more: Any) -> str:
        product = api.products.create({"name": "Team"})
        params = {"product": product.id, "currency": "eur", "unit_amount": amount}
        return str(api.prices.create(params | {"recurring": {"interval": interval}} | more).id)

    return make


@pytest.fixture
def customer(api: Any) -> Callable[..., str]:
    """Make a customer with a card, or without."""

    def make(card: str | None = "pm_card_visa", **more: Any) -> str:
        buyer = api.customers.create({"email": "ada@example.com"} | more)
        if card:
            method = api.payment_methods.attach(card, {"customer": buyer.id})
            api.customers.update(buyer.id, {"invoice_settings": {"default_payment_method": method.id}})
        return str(buyer.id)

    return make


@pytest.fixture
def subscribe(api: Any, price: Any, customer: Any) -> Subscribe:
    """Begin a subscription; by default three seats of 10 euros a month, paid by a good card."""

    def begin(card: str | None = "pm_card_visa", quantity: int = 3, **more: Any) -> Any:
        params = {"customer": customer(card), "items": [{"price": price(), "quantity": quantity}]}
        return api.subscriptions.create(params | more)

    return begin
