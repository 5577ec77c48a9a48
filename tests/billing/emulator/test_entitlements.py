"""Entitlements, test clocks and thin events."""

from typing import Any

import stripe

from apps.billing.emulator import Emulator
from tests.billing.emulator.conftest import DAY, Subscribe


def test_a_customer_may_use_what_they_subscribed_to(
    stripe_emulator: Emulator, api: Any, price: Any, customer: Any
) -> None:
    feature = api.entitlements.features.create({"name": "Export", "lookup_key": "export"})
    team, buyer = price(), customer()
    product = api.prices.retrieve(team).product
    api.products.features.create(product, {"entitlement_feature": feature.id})
    begun = api.subscriptions.create({"customer": buyer, "items": [{"price": team}]})

    def entitled() -> list[str]:
        found = api.entitlements.active_entitlements.list({"customer": buyer}).data
        return [one.lookup_key for one in found]

    def told() -> list[int]:
        kind = "entitlements.active_entitlement_summary.updated"
        found = [event["data"]["object"] for event in stripe_emulator.events() if event["type"] == kind]
        return [len(summary["entitlements"]["data"]) for summary in found]

    assert (entitled(), told()) == (["export"], [1])
    api.subscriptions.cancel(begun.id)
    assert (entitled(), told()) == ([], [1, 0])


def test_customers_of_a_test_clock_live_by_it(
    stripe_emulator: Emulator, api: Any, price: Any, subscribe: Subscribe
) -> None:
    ordinary, start = subscribe(), stripe_emulator.now + 1000 * DAY
    clock = api.test_helpers.test_clocks.create({"frozen_time": start})
    buyer = api.customers.create({"test_clock": clock.id, "email": "ada@example.com"})
    card = api.payment_methods.attach("pm_card_visa", {"customer": buyer.id})
    begun = api.subscriptions.create(
        {
            "customer": buyer.id,
            "items": [{"price": price()}],
            "default_payment_method": card.id,
            "trial_period_days": 14,
        }
    )
    assert (begun.created, begun.trial_end, begun.test_clock) == (start, start + 14 * DAY, clock.id)

    api.test_helpers.test_clocks.advance(clock.id, {"frozen_time": start + 15 * DAY})

    assert api.subscriptions.retrieve(begun.id).status == "active"
    assert api.test_helpers.test_clocks.retrieve(clock.id).status == "ready"
    assert len(api.invoices.list({"subscription": ordinary.id}).data) == 1
    api.test_helpers.test_clocks.delete(clock.id)
    assert [one.id for one in api.subscriptions.list({"status": "all"}).data] == [ordinary.id]


def test_a_thin_event_names_what_it_is_about(stripe_emulator: Emulator, subscribe: Subscribe) -> None:
    begun = subscribe()
    event = next(e for e in stripe_emulator.events() if e["type"] == "customer.subscription.created")
    client = stripe.StripeClient("sk_test_emulator", base_addresses={"api": stripe_emulator.url})
    body, headers = stripe_emulator.webhook(event, is_thin=True)
    notice: Any = client.parse_event_notification(body, headers["Stripe-Signature"], stripe_emulator.secret)

    assert (notice.type, notice.related_object.id) == ("v1.customer.subscription.created", begun.id)
    assert notice.fetch_related_object().status == "active"
    fetched: Any = client.v2.core.events.retrieve(notice.id)
    assert fetched.snapshot_event == event["id"]
    found = client.v2.core.events.list({"object_id": begun.id}).data
    assert [one.type for one in found] == [
        "v1.customer.subscription.updated",
        "v1.customer.subscription.created",
    ]


def test_a_customer_who_is_deleted_is_said_to_be(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe()
    api.customers.delete(begun.customer)

    assert api.customers.retrieve(begun.customer).deleted
    assert api.customers.list().data == []
    assert api.subscriptions.retrieve(begun.id).status == "canceled"
