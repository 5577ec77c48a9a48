"""The emulator's clock, moved ahead by hand as in `make dev`, while ours stays: what follows is seen here too."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.calendar import DAY, months_after
from apps.billing.models import BillingAccount, Invoice
from apps.billing.providers.stripe import gateway
from apps.billing.services.changes import change_preview, plan_change
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.sync import sync_account
from apps.core import clock
from apps.entitlements.interface import Standing, entitlements
from apps.tenancy.models import Tenant

FAILS_LATER = "4000000000000341"


@pytest.fixture
def stripe_emulator() -> Iterator[Emulator]:
    """One whose clock goes as the world's does, so that it can be ahead."""
    running = Emulator(ticking=True)
    yield running
    running.close()


@pytest.fixture
def buy(stripe: Emulator, catalogue: None, tenant: Tenant, as_tenant: Any) -> Callable[..., None]:
    def pay(card: str = "4242424242424242") -> None:
        with as_tenant(tenant):
            stripe.pay(checkout_begin(plan="team", interval="month").rsplit("/", 1)[1], card)
            sync_account(tenant_id=tenant.id)

    return pay


@pytest.fixture
def standing(tenant: Tenant, as_tenant: Any) -> Callable[[], Standing]:
    def read() -> Standing:
        with as_tenant(tenant):
            sync_account(tenant_id=tenant.id)
            return entitlements().get_facts(tenant_id=tenant.id).standing

    return read


def test_a_failed_renewal_leads_to_reading_only_and_back(
    stripe: Emulator, api: Any, buy: Any, standing: Any
) -> None:
    stripe.set_after_retries("past_due")
    buy(FAILS_LATER)
    stripe.advance(to=months_after(stripe.now, 1) + 60)
    assert standing() is Standing.GRACE
    stripe.advance(to=stripe.now + 14 * DAY)
    assert standing() is Standing.READ_ONLY

    [unpaid] = api.invoices.list({"status": "open"}).data
    with stripe.lock:  # the bank has money again
        [card] = stripe.store.all("payment_method")
        stripe.store.save(card | {"_behaviour": "good"})
        stripe.store.commit()
    api.invoices.pay(unpaid.id)
    assert standing() is Standing.FULL


def test_what_happened_after_the_move_is_of_now(
    stripe: Emulator, buy: Any, tenant: Tenant, as_tenant: Any
) -> None:
    buy()
    stripe.advance(to=months_after(stripe.now, 1) + 60)
    with as_tenant(tenant):
        sync_account(tenant_id=tenant.id)
        renewed, bought = Invoice.objects.order_by("-issued_at")

    assert abs(clock.now() - renewed.issued_at) < timedelta(minutes=2)
    assert timedelta(days=27) < clock.now() - bought.issued_at < timedelta(days=32)


def test_the_plan_can_be_changed(stripe: Emulator, buy: Any, tenant: Tenant, as_tenant: Any) -> None:
    buy()
    stripe.advance(to=months_after(stripe.now, 1) + DAY)
    with as_tenant(tenant):
        sync_account(tenant_id=tenant.id)
        wish = {"plan": "business", "interval": "month", "at": clock.now().replace(microsecond=0)}
        assert change_preview(**wish).due > 0
        plan_change(**wish)
        assert entitlements().get_facts(tenant_id=tenant.id).plan == "business"


def test_whoever_goes_by_its_clock_is_told_that_it_was_moved(
    stripe: Emulator, buy: Any, tenant: Tenant, as_tenant: Any
) -> None:
    buy()
    before = len(stripe.events())
    stripe.advance(to=stripe.now + DAY)

    assert [event["type"] for event in stripe.events()[before:]] == ["customer.updated"]


def test_events_since_the_move_are_found(stripe: Emulator, buy: Any) -> None:
    buy()
    stripe.advance(to=months_after(stripe.now, 1) + 60)
    gateway().list_prices()  # any answer tells how far its clock is ahead
    found = gateway().iter_events(since=clock.now() - timedelta(hours=1), until=clock.now())

    assert "invoice.paid" in {notice.type for notice in found}


def test_without_another_address_than_stripes_no_clock_is_moved(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_tests", ""

    assert gateway()._ahead == timedelta(0)  # type: ignore[attr-defined]


def test_a_customer_that_stripe_lost_is_another_one_when_it_buys(
    stripe: Emulator, api: Any, buy: Any, tenant: Tenant, as_tenant: Any
) -> None:
    buy()
    with as_tenant(tenant):
        lost = BillingAccount.objects.get().stripe_customer_id
    with stripe.lock:  # its file was begun anew
        for row in stripe.store.all("customer") + stripe.store.all("subscription"):
            stripe.store.delete(row["object"], row["id"])
        stripe.store.sql("delete from answers")
        stripe.store.commit()
    buy()

    with as_tenant(tenant):
        assert BillingAccount.objects.get().stripe_customer_id != lost
        assert entitlements().get_facts(tenant_id=tenant.id).plan == "team"
