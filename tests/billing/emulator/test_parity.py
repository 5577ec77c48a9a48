"""What holds of Stripe: checked against the emulator and, with STRIPE_TEST_KEY set, against Stripe's test mode.

With a key: STRIPE_TEST_KEY=sk_test_… pytest tests/billing/emulator/test_parity.py
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from apps.billing.emulator import serve

KEY = os.environ.get("STRIPE_TEST_KEY", "")
DAY = 24 * 60 * 60
REAL = pytest.param(
    "stripe",
    marks=[
        pytest.mark.enable_socket,
        pytest.mark.skipif(not KEY.startswith("sk_test_"), reason="STRIPE_TEST_KEY is not set"),
    ],
)


@pytest.fixture(params=["emulator", REAL])
def api(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The emulator, or Stripe's test mode."""
    if request.param == "stripe":
        yield stripe.StripeClient(KEY).v1
        return
    emulator = serve()
    yield stripe.StripeClient("sk_test_emulator", base_addresses={"api": emulator.url}).v1
    emulator.close()


@pytest.fixture
def clock(api: Any) -> Iterator[Any]:
    """A test clock at the last day of a January; it takes its customers with it."""
    january = int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())
    made = api.test_helpers.test_clocks.create({"frozen_time": january})
    yield made
    api.test_helpers.test_clocks.delete(made.id)


@pytest.fixture
def advance(api: Any, clock: Any) -> Callable[[int], None]:
    """Move the clock, and wait until what fell due is done."""

    def move(to: int) -> None:
        api.test_helpers.test_clocks.advance(clock.id, {"frozen_time": to})
        while api.test_helpers.test_clocks.retrieve(clock.id).status == "advancing":
            time.sleep(1)

    return move


@pytest.fixture
def customer(api: Any, clock: Any) -> str:
    made = api.customers.create({"test_clock": clock.id, "email": "ada@example.com"})
    use_card(api, made.id, "pm_card_visa")
    return str(made.id)


def use_card(api: Any, customer: str, token: str) -> None:
    card = api.payment_methods.attach(token, {"customer": customer})
    api.customers.update(customer, {"invoice_settings": {"default_payment_method": card.id}})


@pytest.fixture
def price(api: Any) -> str:
    product = api.products.create({"name": "Team"})
    recurring = {"interval": "month"}
    made = api.prices.create(
        {"product": product.id, "currency": "eur", "unit_amount": 1000, "recurring": recurring}
    )
    return str(made.id)


def begin(api: Any, customer: str, price: str, **more: Any) -> Any:
    return api.subscriptions.create(
        {"customer": customer, "items": [{"price": price, "quantity": 3}], **more}
    )


def test_a_subscription_is_active_once_it_is_paid(api: Any, customer: str, price: str) -> None:
    begun = begin(api, customer, price, expand=["latest_invoice"])

    assert begun.status == "active"
    assert (begun.latest_invoice.status, begun.latest_invoice.amount_paid) == ("paid", 3000)
    assert begun.latest_invoice.billing_reason == "subscription_create"
    assert begun.latest_invoice.parent.subscription_details.subscription == begun.id


def test_a_card_that_fails_leaves_it_incomplete(api: Any, customer: str, price: str) -> None:
    use_card(api, customer, "pm_card_chargeCustomerFail")
    assert begin(api, customer, price).status == "incomplete"
    with pytest.raises(stripe.CardError) as refused:
        begin(api, customer, price, payment_behavior="error_if_incomplete")
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")


def test_a_trial_becomes_active_when_it_ends(
    api: Any, customer: str, price: str, advance: Callable[[int], None]
) -> None:
    begun = begin(api, customer, price, trial_period_days=7)
    assert begun.status == "trialing"
    assert begun.trial_end - begun.trial_start == 7 * DAY

    advance(begun.trial_end + DAY)
    assert api.subscriptions.retrieve(begun.id).status == "active"


def test_periods_end_on_a_months_last_day(
    api: Any, customer: str, price: str, advance: Callable[[int], None]
) -> None:
    begun = begin(api, customer, price)
    ends = [begun.items.data[0].current_period_end]
    advance(ends[0] + DAY)
    ends.append(api.subscriptions.retrieve(begun.id).items.data[0].current_period_end)

    assert [time.gmtime(end)[1:3] for end in ends] == [(2, 28), (3, 31)]


def test_more_seats_are_prorated_to_the_second(
    api: Any, customer: str, price: str, advance: Callable[[int], None]
) -> None:
    begun = begin(api, customer, price)
    item = begun.items.data[0]
    advance((item.current_period_start + item.current_period_end) // 2)
    change = {"items": [{"id": item.id, "quantity": 5}], "proration_behavior": "always_invoice"}
    preview = api.invoices.create_preview({"subscription": begun.id, "subscription_details": change})
    after = api.subscriptions.update(begun.id, change | {"expand": ["latest_invoice"]})

    assert sorted(line.amount for line in after.latest_invoice.lines.data) == [-1500, 2500]
    assert preview.amount_due == after.latest_invoice.amount_due == 1000
    assert after.latest_invoice.billing_reason == "subscription_update"


def test_a_failed_renewal_is_past_due_until_it_is_paid(
    api: Any, customer: str, price: str, advance: Callable[[int], None]
) -> None:
    begun = begin(api, customer, price)
    use_card(api, customer, "pm_card_chargeCustomerFail")
    advance(begun.items.data[0].current_period_end + DAY)
    late = api.subscriptions.retrieve(begun.id)
    assert late.status == "past_due"

    use_card(api, customer, "pm_card_visa")
    assert api.invoices.pay(late.latest_invoice).status == "paid"
    assert api.subscriptions.retrieve(begun.id).status == "active"


def test_it_ends_with_its_period_unless_that_is_taken_back(api: Any, customer: str, price: str) -> None:
    begun = begin(api, customer, price)
    ending = api.subscriptions.update(begun.id, {"cancel_at_period_end": True})
    assert ending.cancel_at == begun.items.data[0].current_period_end
    assert api.subscriptions.update(begun.id, {"cancel_at_period_end": False}).cancel_at is None


def test_a_coupon_takes_off(api: Any, customer: str, price: str) -> None:
    coupon = api.coupons.create({"percent_off": 25, "duration": "once"})
    begun = begin(api, customer, price, discounts=[{"coupon": coupon.id}], expand=["latest_invoice"])

    assert begun.latest_invoice.total == 2250
    assert begun.latest_invoice.total_discount_amounts[0].amount == 750


def test_a_key_gives_the_same_answer(api: Any) -> None:
    options = {"idempotency_key": f"parity-{time.time_ns()}"}
    first = api.customers.create({"name": "Ada"}, options)
    assert api.customers.create({"name": "Ada"}, options).id == first.id
    with pytest.raises(stripe.IdempotencyError):
        api.customers.create({"name": "Bob"}, options)


@pytest.mark.parametrize(
    ("call", "code", "param"),
    [
        (lambda api: api.customers.create({"nickname": "Ada"}), "parameter_unknown", "nickname"),
        (lambda api: api.prices.create({"unit_amount": 1}), "parameter_missing", "currency"),
        (lambda api: api.customers.retrieve("cus_none"), "resource_missing", "id"),
    ],
)
def test_errors_name_what_is_wrong(api: Any, call: Callable[[Any], Any], code: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        call(api)
    assert (refused.value.code, refused.value.param) == (code, param)
