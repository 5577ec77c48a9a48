"""Coupons, promotion codes, refunds and credit notes."""

from typing import Any

import pytest
import stripe

from apps.billing.emulator import Emulator
from tests.billing.emulator.conftest import DAY, Subscribe
from tests.billing.emulator.test_pages import visit


def totals(emulator: Emulator, api: Any, begun: Any, months: int) -> list[int]:
    """What the first invoices came to."""
    for _month in range(months - 1):
        end = api.subscriptions.retrieve(begun.id).items.data[0].current_period_end
        emulator.advance(to=end)
    return [invoice.total for invoice in reversed(api.invoices.list({"subscription": begun.id}).data)]


@pytest.mark.parametrize(
    ("coupon", "expected"),
    [
        ({"percent_off": 25, "duration": "forever"}, [2250, 2250, 2250, 2250]),
        ({"percent_off": 50, "duration": "once"}, [1500, 3000, 3000, 3000]),
        ({"percent_off": 100, "duration": "repeating", "duration_in_months": 2}, [0, 0, 3000, 3000]),
        ({"amount_off": 500, "currency": "eur", "duration": "forever"}, [2500, 2500, 2500, 2500]),
        ({"amount_off": 9999, "currency": "eur", "duration": "once"}, [0, 3000, 3000, 3000]),
        ({"amount_off": 500, "currency": "usd", "duration": "once"}, [3000, 3000, 3000, 3000]),
    ],
)
def test_a_coupon_takes_off_for_as_long_as_it_holds(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe, coupon: Any, expected: list[int]
) -> None:
    made = api.coupons.create(coupon)
    begun = subscribe(discounts=[{"coupon": made.id}])

    assert begun.status == "active"
    assert totals(stripe_emulator, api, begun, 4) == expected


def test_credits_give_back_no_more_than_was_paid(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    coupon = api.coupons.create({"percent_off": 50, "duration": "once"})
    begun = subscribe(discounts=[{"coupon": coupon.id}])
    item = begun.items.data[0]
    stripe_emulator.advance(to=(item.current_period_start + item.current_period_end) // 2)
    change = {"items": [{"id": item.id, "quantity": 1}], "proration_behavior": "always_invoice"}
    preview = api.invoices.create_preview({"subscription": begun.id, "subscription_details": change})
    after = api.subscriptions.update(begun.id, change | {"expand": ["latest_invoice"]})

    assert [line.amount for line in after.latest_invoice.lines.data] == [-750, 500]
    assert preview.total == after.latest_invoice.total == -250


def test_a_promotion_code_is_typed_at_checkout(api: Any, price: Any) -> None:
    coupon = api.coupons.create({"percent_off": 100, "duration": "forever"})
    code = api.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "FRIENDS"}
    )
    assert api.promotion_codes.list({"code": "FRIENDS"}).data[0].id == code.id
    session = api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price(), "quantity": 3}],
            "allow_promotion_codes": True,
            "payment_method_collection": "if_required",
            "success_url": "http://app/done",
        }
    )
    assert visit(session.url, code="ENEMIES")[0] == 402
    assert visit(session.url, code="friends")[0] == 303
    assert "Start without a card" in visit(session.url)[1]
    assert visit(session.url, email="ada@example.com")[0] == 303

    done = api.checkout.sessions.retrieve(session.id, {"expand": ["subscription.discounts"]})
    assert (done.amount_total, done.total_details.amount_discount) == (0, 3000)
    assert (done.payment_status, done.subscription.status) == ("no_payment_required", "active")
    assert done.subscription.discounts[0].promotion_code == code.id
    assert api.coupons.retrieve(coupon.id).times_redeemed == 1


def test_a_code_is_redeemed_so_often_and_so_long(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    coupon = api.coupons.create({"percent_off": 10, "duration": "once", "max_redemptions": 1})
    subscribe(discounts=[{"coupon": coupon.id}])
    with pytest.raises(stripe.InvalidRequestError) as used_up:
        subscribe(discounts=[{"coupon": coupon.id}])
    assert used_up.value.code == "coupon_expired"

    until = stripe_emulator.now + DAY
    late = api.coupons.create({"percent_off": 10, "duration": "once", "redeem_by": until})
    stripe_emulator.advance(to=until)
    with pytest.raises(stripe.InvalidRequestError):
        subscribe(discounts=[{"coupon": late.id}])


def test_a_discount_is_given_to_a_subscription_and_taken_away(api: Any, subscribe: Subscribe) -> None:
    coupon = api.coupons.create({"percent_off": 10, "duration": "forever"})
    begun = subscribe()
    given = api.subscriptions.update(begun.id, {"discounts": [{"coupon": coupon.id}]})
    assert len(given.discounts) == 1
    assert api.invoices.create_preview({"subscription": begun.id}).total == 2700
    assert api.subscriptions.update(begun.id, {"discounts": ""}).discounts == []


def test_yen_have_no_cents(api: Any, price: Any, customer: Any) -> None:
    coupon = api.coupons.create({"percent_off": 33.3, "duration": "once"})
    made = price(1000, currency="jpy")
    begun = api.subscriptions.create(
        {"customer": customer(), "items": [{"price": made}], "discounts": [{"coupon": coupon.id}]}
    )
    assert api.invoices.retrieve(begun.latest_invoice).total == 667


def test_money_goes_back_in_parts_but_never_twice(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    (payment,) = api.invoice_payments.list({"invoice": begun.latest_invoice}).data
    intent = payment.payment.payment_intent
    api.refunds.create({"payment_intent": intent, "amount": 1000})
    api.refunds.create({"payment_intent": intent})

    (charge,) = api.charges.list({"customer": begun.customer}).data
    assert (charge.amount_refunded, charge.refunded) == (3000, True)
    assert [e["type"] for e in stripe_emulator.events()][-2:] == ["refund.created", "charge.refunded"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": intent})
    assert refused.value.code == "charge_already_refunded"


def test_a_credit_note_lowers_what_is_due_or_is_credit(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe(payment_behavior="default_incomplete")
    api.credit_notes.create({"invoice": begun.latest_invoice, "amount": 500})
    assert api.invoices.pay(begun.latest_invoice).amount_paid == 2500
    api.credit_notes.create({"invoice": begun.latest_invoice, "amount": 700})
    assert api.customers.retrieve(begun.customer).balance == -700
