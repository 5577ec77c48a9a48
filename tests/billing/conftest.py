"""Stripe, as far as billing's tests need it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe as sdk
from django.db import transaction

from apps.billing import emulator
from apps.billing.models import BillingAccount, Subscription
from apps.billing.services.catalogue import catalogue_sync
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.sync import sync_account
from apps.tenancy.models import Tenant


@pytest.fixture
def stripe_emulator() -> Iterator[emulator.Emulator]:
    """An emulator of its own for a test; its clock moves only with `advance`."""
    running = emulator.serve(pauses=(0.05, 0.1, 0.2))
    yield running
    running.close()


@pytest.fixture
def stripe(db: None, settings: Any, stripe_emulator: emulator.Emulator) -> emulator.Emulator:
    """The emulator as the app's Stripe."""
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    settings.STRIPE_API_BASE = stripe_emulator.url
    settings.STRIPE_WEBHOOK_SECRETS = [stripe_emulator.secret, "whsec_former"]
    return stripe_emulator


@pytest.fixture
def api(stripe: emulator.Emulator) -> Any:
    """What staff would use at Stripe: the SDK's own client."""
    return sdk.StripeClient("sk_test_tests", base_addresses={"api": stripe.url}).v1


@pytest.fixture
def price(api: Any) -> Any:
    """The monthly price of the plan Team: 12 euros for a seat."""
    product = api.products.create({"name": "Team"})
    return api.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 1200,
            "recurring": {"interval": "month"},
            "lookup_key": "team_month",
            "metadata": {"plan": "team"},
        }
    )


@pytest.fixture
def account(tenant: Tenant, as_tenant: Any, api: Any) -> BillingAccount:
    """The workspace as a customer."""
    customer = api.customers.create({"email": "ada@example.com"})
    with as_tenant(tenant), transaction.atomic():
        return BillingAccount.objects.create(stripe_customer_id=customer.id)


@pytest.fixture
def pay(stripe: emulator.Emulator, api: Any, price: Any, account: BillingAccount) -> Callable[..., str]:
    """Have the customer check out with a card, by default a good one; return the subscription's id."""

    def check_out(number: str = "4242424242424242") -> str:
        session = api.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": account.stripe_customer_id,
                "line_items": [{"price": price.id, "quantity": 3}],
            }
        )
        return str(stripe.pay(session.id, number)["subscription"])

    return check_out


@pytest.fixture
def status_of(tenant: Tenant, as_tenant: Any) -> Callable[[str], str]:
    """Return what we believe of a subscription."""

    def read(identifier: str) -> str:
        with as_tenant(tenant):
            return Subscription.objects.get(stripe_id=identifier).status

    return read


@pytest.fixture
def catalogue(stripe: emulator.Emulator) -> None:
    """Stripe has the plans of config/plans.py."""
    catalogue_sync(is_rehearsal=False)


@pytest.fixture
def subscribed(stripe: emulator.Emulator, catalogue: None, tenant: Tenant, as_tenant: Any) -> Tenant:
    """A workspace that pays for the plan Team by the month, for its one member."""
    with as_tenant(tenant):
        stripe.pay(checkout_begin(plan="team", interval="month").rsplit("/", 1)[1])
        sync_account(tenant_id=tenant.id)
    return tenant
