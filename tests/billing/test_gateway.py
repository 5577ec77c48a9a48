"""What we have Stripe do, through the real SDK over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from apps.billing.emulator import Emulator
from apps.billing.models import BillingAccount
from apps.billing.providers.base import Gateway, ProviderRefused, UnknownPrice
from apps.billing.providers.stripe import gateway
from apps.billing.providers.values import Line
from apps.billing.services.customers import customer_ensure
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.billing.webhooks import post, states

ADDRESSES: dict[str, Any] = {"success_url": "http://127.0.0.1/", "cancel_url": "http://127.0.0.1/"}


@pytest.fixture
def theirs(stripe: Emulator) -> Gateway:
    return gateway()


def test_a_customer_is_made_once_though_its_name_changes(theirs: Gateway, api: Any) -> None:
    account_id = uuid4()

    first = theirs.ensure_customer(account_id=account_id, name="Acme", email="ada@example.com")
    second = theirs.ensure_customer(account_id=account_id, name="Acme Ltd", email="bob@example.com")

    assert first == second
    assert api.customers.retrieve(first).name == "Acme Ltd"


def test_a_checkout_is_opened_once_under_its_key_and_can_be_closed(
    theirs: Gateway, account: BillingAccount, price: Any
) -> None:
    asked = {
        "customer_id": account.stripe_customer_id,
        "lines": (Line(lookup_key="team_month", quantity=3),),
        "key": "attempt-1",
    } | ADDRESSES
    opened = theirs.create_checkout(**asked)
    assert theirs.create_checkout(**asked) == opened
    assert (opened.status, opened.url[:4]) == ("open", "http")

    for _ in range(2):
        theirs.expire_checkout(checkout_id=opened.id)
    assert theirs.get_checkout(checkout_id=opened.id).status == "expired"


def test_a_price_that_was_not_synchronised_is_named(theirs: Gateway, account: BillingAccount) -> None:
    lines = (Line(lookup_key="team_year"),)

    with pytest.raises(UnknownPrice, match="team_year"):
        theirs.create_checkout(
            customer_id=str(account.stripe_customer_id), lines=lines, key="attempt-1", **ADDRESSES
        )


def test_seats_are_set_once_under_their_key(theirs: Gateway, pay: Any, account: BillingAccount) -> None:
    subscription = pay()
    [before] = theirs.get_account(customer_id=str(account.stripe_customer_id)).subscriptions
    for _ in range(2):
        theirs.set_quantity(
            subscription_id=subscription, item_id=before.item_id, quantity=5, key=f"seat-{subscription}-1"
        )

    [state] = theirs.get_account(customer_id=str(account.stripe_customer_id)).subscriptions
    assert (state.quantity, state.lookup_key) == (5, "team_month")


def test_a_cancellation_at_the_end_of_the_period_is_taken_back(
    theirs: Gateway, pay: Any, account: BillingAccount
) -> None:
    def ends_at() -> datetime | None:
        return theirs.get_account(customer_id=str(account.stripe_customer_id)).subscriptions[0].cancel_at

    subscription = pay()
    theirs.cancel(subscription_id=subscription, at_period_end=True, key="cancel-1")
    assert ends_at() is not None
    theirs.resume(subscription_id=subscription, key="resume-1")
    assert ends_at() is None


def test_a_cancellation_at_once_ends_it(theirs: Gateway, pay: Any, account: BillingAccount) -> None:
    theirs.cancel(subscription_id=pay(), at_period_end=False, key="cancel-1")

    [state] = theirs.get_account(customer_id=str(account.stripe_customer_id)).subscriptions
    assert state.status == "canceled"


def test_the_card_is_known(theirs: Gateway, pay: Any, account: BillingAccount) -> None:
    pay()

    assert theirs.get_account(customer_id=str(account.stripe_customer_id)).payment_method == "visa 4242"


def test_what_happened_is_read_as_notices_like_those_of_webhooks(
    theirs: Gateway, pay: Any, stripe: Emulator
) -> None:
    pay()
    newest = next(theirs.iter_events(since=datetime.now(UTC) - timedelta(hours=1), until=datetime.now(UTC)))
    post(stripe, stripe.events()[-1])
    run_due_tasks()

    assert states() == {newest.event_id: "done"}


def test_what_stripe_refuses_is_said_on_the_page(
    theirs: Gateway, account: BillingAccount, tenant: Tenant, as_tenant: Any, member: Any, signed_in: Any
) -> None:
    with as_tenant(tenant), transaction.atomic():
        BillingAccount.objects.update(stripe_customer_id="cus_unknown")
    with pytest.raises(ProviderRefused):
        theirs.create_portal(customer_id="cus_unknown", return_url="http://127.0.0.1/")

    page = signed_in(member("owner")).post(f"/w/{tenant.slug}/billing/portal/", follow=True)
    assert "The payment provider refused this." in page.content.decode()


def test_a_key_of_the_other_mode_makes_a_new_customer(
    theirs: Gateway, account: BillingAccount, tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        with transaction.atomic():
            BillingAccount.objects.update(livemode=True, stripe_customer_id="cus_live")
        ensured = customer_ensure()
        assert not ensured.livemode
        assert ensured.stripe_customer_id not in (None, "cus_live")
        assert customer_ensure().stripe_customer_id == ensured.stripe_customer_id
