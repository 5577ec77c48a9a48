"""Usage: meters, their events, and what is paid for it."""

from typing import Any

import pytest
import stripe

from apps.billing.emulator import Emulator
from tests.billing.emulator.conftest import DAY


@pytest.fixture
def meter(api: Any) -> str:
    made = api.billing.meters.create(
        {"display_name": "Checks", "event_name": "checks", "default_aggregation": {"formula": "sum"}}
    )
    return str(made.id)


def use(api: Any, customer: str, value: int, identifier: str = "", **more: Any) -> None:
    event = {"event_name": "checks", "payload": {"stripe_customer_id": customer, "value": str(value)}}
    api.billing.meter_events.create(event | ({"identifier": identifier} if identifier else {}) | more)


def used(api: Any, meter: str, customer: str, emulator: Emulator, **more: Any) -> list[float]:
    end = emulator.now // 60 * 60 + 3600
    params = {"customer": customer, "start_time": end - 40 * DAY, "end_time": end} | more
    found = api.billing.meters.event_summaries.list(meter, params)
    return [summary.aggregated_value for summary in found.data]


def test_an_identifier_counts_once_a_day(
    stripe_emulator: Emulator, api: Any, meter: str, customer: Any
) -> None:
    buyer = customer()
    use(api, buyer, 5, "one")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        use(api, buyer, 5, "one")
    assert used(api, meter, buyer, stripe_emulator) == [5]

    stripe_emulator.advance(to=stripe_emulator.now + DAY)
    use(api, buyer, 7, "one")
    assert used(api, meter, buyer, stripe_emulator, value_grouping_window="day") == [7, 5]


@pytest.mark.parametrize("away", [-36 * DAY, 10 * 60])
def test_an_event_too_old_or_ahead_of_time_is_refused(
    stripe_emulator: Emulator, api: Any, meter: str, customer: Any, away: int
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        use(api, customer(), 5, timestamp=stripe_emulator.now + away)


def test_an_event_without_meter_or_customer_is_refused(api: Any, meter: str, customer: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        use(api, "cus_none", 5)
    api.billing.meters.deactivate(meter)
    with pytest.raises(stripe.InvalidRequestError, match="No active meter"):
        use(api, customer(), 5)


def test_what_was_used_is_paid_when_its_period_ends(
    stripe_emulator: Emulator, api: Any, price: Any, meter: str, customer: Any
) -> None:
    buyer = customer()
    metered = price(recurring={"interval": "month", "usage_type": "metered", "meter": meter}, amount=2)
    items = [{"price": price(5000)}, {"price": metered}]
    begun = api.subscriptions.create({"customer": buyer, "items": items})
    assert api.invoices.retrieve(begun.latest_invoice).total == 5000
    end = begun.items.data[0].current_period_end

    use(
        api,
        buyer,
        100,
        timestamp=end - 10 * DAY if end - 10 * DAY < stripe_emulator.now else stripe_emulator.now,
    )
    stripe_emulator.advance(to=end - 60)
    use(api, buyer, 20, timestamp=end - 61)
    assert api.invoices.create_preview({"subscription": begun.id}).total == 5240
    stripe_emulator.advance(to=end + 60)
    use(api, buyer, 1000, timestamp=end + 1)

    invoice = api.invoices.list({"subscription": begun.id}).data[0]
    assert sorted(line.amount for line in invoice.lines.data) == [240, 5000]
    api.subscriptions.update(begun.id, {"cancel_at_period_end": True})
    stripe_emulator.advance(to=end + 40 * DAY)
    assert api.invoices.list({"subscription": begun.id}).data[0].total == 2000


def test_a_price_may_have_several_currencies(api: Any, price: Any, customer: Any) -> None:
    made = price(currency_options={"jpy": {"unit_amount": 1500}})
    begun = api.subscriptions.create(
        {"customer": customer(), "items": [{"price": made, "quantity": 2}], "currency": "jpy"}
    )
    invoice = api.invoices.retrieve(begun.latest_invoice)
    assert (invoice.currency, invoice.total) == ("jpy", 3000)
