"""The emulator of Stripe, through the real SDK over HTTP."""

from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import stripe

from apps.billing.emulator import ApiError, Emulator
from apps.billing.emulator.engine.calendar import months_after


@pytest.fixture
def client(stripe_emulator: Emulator) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_emulator", base_addresses={"api": stripe_emulator.url})


@pytest.fixture
def price(client: stripe.StripeClient) -> Any:
    product = client.v1.products.create({"name": "Team"})
    return client.v1.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 900,
            "recurring": {"interval": "month"},
            "lookup_key": "team_month",
        }
    )


@pytest.fixture
def session(client: stripe.StripeClient, price: Any) -> Any:
    customer = client.v1.customers.create({"email": "ada@example.com"})
    return client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": customer.id,
            "line_items": [{"price": price.id, "quantity": 3}],
            "success_url": "http://127.0.0.1:1/done?id={CHECKOUT_SESSION_ID}",
        }
    )


def test_a_declined_card_leaves_the_session_open_and_a_good_one_starts_the_subscription(
    stripe_emulator: Emulator, client: stripe.StripeClient, session: Any
) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(session.url, urlencode({"number": "4000000000000002"}).encode())  # noqa: S310
    assert "Your card was declined." in refused.value.read().decode()
    refused.value.close()
    assert client.v1.subscriptions.list({"status": "all"}).data == []

    stripe_emulator.pay(session.id)

    done = client.v1.checkout.sessions.retrieve(session.id)
    subscription = client.v1.subscriptions.retrieve(str(done.subscription), {"expand": ["latest_invoice"]})
    assert (done.status, done.payment_status, subscription.status) == ("complete", "paid", "active")
    assert isinstance(subscription.latest_invoice, stripe.Invoice)
    assert subscription.latest_invoice.amount_paid == 2700


def test_a_card_that_wants_confirming_pays_once_confirmed(stripe_emulator: Emulator, session: Any) -> None:
    with pytest.raises(ApiError, match="confirm"):
        stripe_emulator.pay(session.id, "4000000000003220")

    assert stripe_emulator.pay(session.id, "4000000000003220", confirmed=True)["status"] == "complete"


def test_a_card_that_fails_later_is_tried_three_times_again_and_then_the_subscription_ends(
    stripe_emulator: Emulator, client: stripe.StripeClient, session: Any
) -> None:
    paid = stripe_emulator.pay(session.id, "4000000000000341")
    renewal = months_after(stripe_emulator.now, 1)

    stripe_emulator.advance(to=renewal)
    assert client.v1.subscriptions.retrieve(paid["subscription"]).status == "past_due"
    stripe_emulator.advance(to=renewal + 30 * 24 * 60 * 60)

    assert client.v1.subscriptions.retrieve(paid["subscription"]).status == "canceled"
    failures = [e["created"] - renewal for e in stripe_emulator.events() if e["type"].endswith("_failed")]
    assert failures == [days * 24 * 60 * 60 for days in (0, 3, 6, 9)]


def test_seats_change_and_a_cancellation_is_taken_back(
    stripe_emulator: Emulator, client: stripe.StripeClient, session: Any
) -> None:
    identifier = stripe_emulator.pay(session.id)["subscription"]
    item = client.v1.subscriptions.retrieve(identifier).items.data[0]

    changed = client.v1.subscriptions.update(identifier, {"items": [{"id": item.id, "quantity": 5}]})
    assert (changed.items.data[0].quantity, changed.items.data[0].id) == (5, item.id)
    ending = client.v1.subscriptions.update(identifier, {"cancel_at_period_end": True})
    assert ending.cancel_at == item.current_period_end
    assert client.v1.subscriptions.update(identifier, {"cancel_at_period_end": False}).cancel_at is None


def test_every_event_is_signed_so_that_the_sdk_believes_it(stripe_emulator: Emulator, session: Any) -> None:
    stripe_emulator.pay(session.id)

    for event in stripe_emulator.events():
        body, headers = stripe_emulator.webhook(event)
        read = stripe.Webhook.construct_event(body, headers["Stripe-Signature"], stripe_emulator.secret)
        assert read.id == event["id"]


def test_an_idempotency_key_gives_the_same_answer_and_refuses_other_parameters(
    client: stripe.StripeClient,
) -> None:
    first = client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "one"})
    assert client.v1.customers.create({"name": "Ada"}, {"idempotency_key": "one"}).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "one"})


def test_lists_are_paged_and_prices_found_by_their_key(client: stripe.StripeClient, price: Any) -> None:
    for number in range(5):
        client.v1.customers.create({"name": str(number)})

    everyone = client.v1.customers.list({"limit": 2}).auto_paging_iter()
    assert [customer.name for customer in everyone] == ["4", "3", "2", "1", "0"]
    assert client.v1.prices.list({"lookup_keys": ["team_month"]}).data[0].id == price.id


def test_what_is_missing_is_said_as_stripe_says_it(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        client.v1.customers.retrieve("cus_none")
    assert (unknown.value.code, unknown.value.http_status) == ("resource_missing", 404)


def test_a_call_fails_when_told_to_and_the_next_one_works(
    stripe_emulator: Emulator, client: stripe.StripeClient
) -> None:
    stripe_emulator.fail_next(500)
    with pytest.raises(stripe.APIError):
        client.v1.customers.create({"name": "Ada"}, {"max_network_retries": 0})
    assert client.v1.customers.create({"name": "Ada"}).name == "Ada"


def test_a_month_after_the_last_day_of_january_is_the_last_day_of_february() -> None:
    january = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())
    assert [datetime.fromtimestamp(months_after(january, n), UTC).day for n in (1, 2)] == [28, 31]


def test_a_refusal_is_remembered_and_a_key_for_a_day(
    stripe_emulator: Emulator, client: stripe.StripeClient, price: Any
) -> None:
    customer = client.v1.customers.create({"name": "Ada"})
    card = client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    wish: Any = {"customer": customer.id, "items": [{"price": price.id}], "default_payment_method": card.id}
    wish |= {"payment_behavior": "error_if_incomplete"}
    for _attempt in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.subscriptions.create(wish, {"idempotency_key": "one"})

    client.v1.customers.create({"name": "Bob"}, {"idempotency_key": "two"})
    stripe_emulator.advance(to=stripe_emulator.now + 25 * 60 * 60)
    client.v1.customers.create({"name": "Cy"}, {"idempotency_key": "two"})
    assert [found.name for found in client.v1.customers.list().data] == ["Cy", "Bob", "Ada"]
