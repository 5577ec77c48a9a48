"""What changes cost: credits, charges and previews, to the second."""

from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.amounts import prorated
from tests.billing.emulator.conftest import Subscribe

amounts = st.integers(0, 10_000_000)
starts = st.integers(1_700_000_000, 1_900_000_000)
lengths = st.integers(2, 366 * 24 * 3600)


@settings(deadline=None)
@given(amount=amounts, start=starts, length=lengths, share=st.floats(0, 1))
def test_a_credit_is_the_charge_of_the_same_time_and_never_more_than_was_paid(
    amount: int, start: int, length: int, share: float
) -> None:
    moment = start + int(share * length)
    charge = prorated(Fraction(amount), start, start + length, moment)

    assert -charge == prorated(Fraction(-amount), start, start + length, moment)
    assert isinstance(charge, int)
    assert 0 <= charge <= amount


@settings(deadline=None)
@given(old=amounts, new=amounts, start=starts, length=lengths, share=st.floats(0, 1))
def test_credit_and_charge_are_within_a_cent_of_the_difference(
    old: int, new: int, start: int, length: int, share: float
) -> None:
    end, moment = start + length, start + int(share * length)
    both = prorated(Fraction(new), start, end, moment) - prorated(Fraction(old), start, end, moment)

    assert abs(both - Fraction(new - old) * (end - moment) / length) <= 1


def midway(emulator: Emulator, subscription: Any) -> None:
    item = subscription.items.data[0]
    emulator.advance(to=(item.current_period_start + item.current_period_end) // 2)


def amounts_of(invoice: Any) -> list[tuple[str, int]]:
    return [(line.description, line.amount) for line in invoice.lines.data]


CHANGES = [
    ({"quantity": 5}, "create_prorations"),
    ({"quantity": 5}, "always_invoice"),
    ({"quantity": 1}, "always_invoice"),
    ({"quantity": 5}, "none"),
    ({"price": "yearly"}, "create_prorations"),
    ({"price": "dearer"}, "always_invoice"),
    ({"price": "cheaper"}, "create_prorations"),
]


@pytest.mark.parametrize(("change", "behaviour"), CHANGES)
def test_a_preview_equals_the_invoice_that_follows(
    stripe_emulator: Emulator, api: Any, price: Any, subscribe: Subscribe, change: Any, behaviour: str
) -> None:
    prices = {"yearly": (9000, "year"), "dearer": (1777, "month"), "cheaper": (333, "month")}
    begun = subscribe()
    midway(stripe_emulator, begun)
    wish = {"id": begun.items.data[0].id, **change}
    if "price" in change:
        wish["price"] = price(*prices[change["price"]])
    details = {"items": [wish], "proration_behavior": behaviour}
    count = len(stripe_emulator.events())
    preview = api.invoices.create_preview({"subscription": begun.id, "subscription_details": details})
    assert len(stripe_emulator.events()) == count

    after = api.subscriptions.update(begun.id, details)
    if after.latest_invoice == begun.latest_invoice:
        stripe_emulator.advance(to=after.items.data[0].current_period_end)
        after = api.subscriptions.retrieve(begun.id)
    invoice = api.invoices.retrieve(after.latest_invoice)

    assert amounts_of(preview) == amounts_of(invoice)
    assert (preview.total, preview.amount_due) == (invoice.total, invoice.amount_due)
    assert invoice.status == "paid"


@pytest.mark.parametrize(
    ("price_of", "words"),
    [
        ({}, "3 × Team (at €10.00 / month)"),
        ({"amount": 120_000, "interval": "year"}, "3 × Team (at €1,200.00 / year)"),
        ({"recurring": {"interval": "month", "interval_count": 3}}, "3 × Team (at €10.00 / every 3 months)"),
        ({"currency": "jpy"}, "3 × Team (at ¥1,000 / month)"),
        ({"currency": "chf"}, "3 × Team (at CHF 10.00 / month)"),
    ],
)
def test_a_line_says_what_one_costs_and_how_often(
    api: Any, price: Any, subscribe: Subscribe, price_of: Any, words: str
) -> None:
    begun = subscribe(items=[{"price": price(**price_of), "quantity": 3}])

    assert [said for said, _amount in amounts_of(api.invoices.retrieve(begun.latest_invoice))] == [words]


def test_a_line_of_a_trial_says_so(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe(trial_period_days=14)

    assert amounts_of(api.invoices.retrieve(begun.latest_invoice)) == [("Trial period for Team", 0)]


def test_more_seats_cost_what_is_left_of_the_period(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    midway(stripe_emulator, begun)
    wish = {"id": begun.items.data[0].id, "quantity": 5}
    after = api.subscriptions.update(
        begun.id, {"items": [wish], "proration_behavior": "always_invoice", "expand": ["latest_invoice"]}
    )

    today = datetime.fromtimestamp(stripe_emulator.now, UTC).strftime("%d %b %Y")
    assert amounts_of(after.latest_invoice) == [
        (f"Unused time on 3 × Team after {today}", -1500),
        (f"Remaining time on 5 × Team after {today}", 2500),
    ]
    assert (after.latest_invoice.billing_reason, after.latest_invoice.total) == ("subscription_update", 1000)
    details = after.latest_invoice.lines.data[0].parent.subscription_item_details
    assert details.proration


def test_a_credit_larger_than_the_charge_is_kept_for_the_next_invoice(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    midway(stripe_emulator, begun)
    wish = {"id": begun.items.data[0].id, "quantity": 1}
    after = api.subscriptions.update(begun.id, {"items": [wish], "proration_behavior": "always_invoice"})
    assert api.customers.retrieve(begun.customer).balance == -1000

    stripe_emulator.advance(to=after.items.data[0].current_period_end)
    renewal = api.invoices.retrieve(api.subscriptions.retrieve(begun.id).latest_invoice)
    assert (renewal.total, renewal.amount_due, renewal.starting_balance) == (1000, 0, -1000)
    assert api.customers.retrieve(begun.customer).balance == 0


def test_a_change_that_the_bank_refuses_can_be_undone_at_once(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    card = api.payment_methods.attach("pm_card_chargeDeclined", {"customer": begun.customer})
    api.subscriptions.update(begun.id, {"default_payment_method": card.id})
    midway(stripe_emulator, begun)
    change = {
        "items": [{"id": begun.items.data[0].id, "quantity": 9}],
        "proration_behavior": "always_invoice",
    }
    with pytest.raises(stripe.CardError):
        api.subscriptions.update(begun.id, change | {"payment_behavior": "error_if_incomplete"})
    assert api.subscriptions.retrieve(begun.id).items.data[0].quantity == 3

    assert api.subscriptions.update(begun.id, change).status == "past_due"


def test_changes_in_a_trial_cost_nothing(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe(trial_period_days=14)
    item = begun.items.data[0]
    details = {"items": [{"id": item.id, "quantity": 8}]}
    preview = api.invoices.create_preview({"subscription": begun.id, "subscription_details": details})
    assert [line.amount for line in preview.lines.data] == [8000]


def test_a_yearly_price_begins_its_period_now(
    stripe_emulator: Emulator, api: Any, price: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    midway(stripe_emulator, begun)
    wish = {"id": begun.items.data[0].id, "price": price(9000, "year")}
    after = api.subscriptions.update(begun.id, {"items": [wish], "expand": ["latest_invoice"]})

    assert after.billing_cycle_anchor == stripe_emulator.now
    assert [line.amount for line in after.latest_invoice.lines.data] == [27000, -1500]
    start, end = (
        datetime.fromtimestamp(t, UTC) for t in (stripe_emulator.now, after.items.data[0].current_period_end)
    )
    assert end.year == start.year + 1


def test_what_would_be_bought_can_be_seen_before_there_is_a_subscription(
    api: Any, price: Any, customer: Any
) -> None:
    details = {"items": [{"price": price(), "quantity": 4}]}
    preview = api.invoices.create_preview({"customer": customer(), "subscription_details": details})
    assert (preview.total, api.subscriptions.list({"status": "all"}).data) == (4000, [])


def test_nothing_follows_what_ends(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe()
    api.subscriptions.update(begun.id, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.invoices.create_preview({"subscription": begun.id})
    assert refused.value.code == "invoice_upcoming_none"
