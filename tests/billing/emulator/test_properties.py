"""Whatever is changed, and whenever: previews are right, and people pay for the time that they had."""

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.billing.emulator import resources
from apps.billing.emulator.engine import periods
from apps.billing.emulator.routing import answer
from apps.billing.emulator.store import Store

assert resources.__all__  # registers the calls

changes = st.lists(st.tuples(st.floats(0.01, 0.95), st.integers(1, 50)), min_size=1, max_size=4)
thorough = settings(max_examples=40, deadline=None)


def subscribed(store: Store, amount: int, quantity: int) -> Any:
    """A subscription by the month, paid by a good card."""
    product = answer(store, "POST", "/v1/products", {"name": "Team"})
    price = {"product": product["id"], "currency": "eur", "unit_amount": str(amount)}
    made = answer(store, "POST", "/v1/prices", price | {"recurring": {"interval": "month"}})
    buyer = answer(store, "POST", "/v1/customers", {"payment_method": "pm_card_visa"})
    (card,) = answer(store, "GET", "/v1/payment_methods", {"customer": buyer["id"]})["data"]
    items = [{"price": made["id"], "quantity": str(quantity)}]
    params = {"customer": buyer["id"], "items": items, "default_payment_method": card["id"]}
    return answer(store, "POST", "/v1/subscriptions", params)


def change(store: Store, begun: Any, quantity: int, behaviour: str) -> tuple[Any, Any]:
    """The preview of a change, and the subscription after it."""
    item = {"id": begun["items"]["data"][0]["id"], "quantity": str(quantity)}
    wish = {"items": [item], "proration_behavior": behaviour}
    asked = {"subscription": begun["id"], "subscription_details": wish}
    preview = answer(store, "POST", "/v1/invoices/create_preview", asked)
    return preview, answer(store, "POST", f"/v1/subscriptions/{begun['id']}", wish)


def latest(store: Store, subscription: Any) -> Any:
    return store.get("invoice", store.get("subscription", subscription["id"])["latest_invoice"])


@given(amount=st.integers(0, 100_000), quantity=st.integers(1, 50), moves=changes)
@thorough
def test_each_change_costs_what_its_preview_said(amount: int, quantity: int, moves: Any) -> None:
    store = Store(":memory:")
    begun = subscribed(store, amount, quantity)
    first = begun["items"]["data"][0]
    start, length = first["current_period_start"], first["current_period_end"] - first["current_period_start"]
    for share, wanted in sorted(moves):
        periods.advance(store, start + int(share * length))
        before = latest(store, begun)["id"]
        preview, _after = change(store, begun, wanted, "always_invoice")
        invoice = latest(store, begun)
        if invoice["id"] != before:
            assert (preview["total"], preview["amount_due"]) == (invoice["total"], invoice["amount_due"])
            assert isinstance(invoice["total"], int)
    store.close()


@given(amount=st.integers(0, 100_000), quantity=st.integers(1, 50), moves=changes)
@thorough
def test_changes_add_up_to_the_time_of_each_quantity(amount: int, quantity: int, moves: Any) -> None:
    store = Store(":memory:")
    begun = subscribed(store, amount, quantity)
    first = begun["items"]["data"][0]
    start, end = first["current_period_start"], first["current_period_end"]
    owed, had, since = Fraction(0), quantity, start
    for share, wanted in sorted(moves):
        moment = start + int(share * (end - start))
        periods.advance(store, moment)
        change(store, begun, wanted, "create_prorations")
        owed += Fraction(amount * had * (moment - since), end - start)
        had, since = wanted, moment
    owed += Fraction(amount * had * (end - since), end - start)
    periods.advance(store, end)

    lines = latest(store, begun)["lines"]["data"]
    prorated = sum(line["amount"] for line in lines if not line["discountable"])
    assert abs(amount * quantity + prorated - owed) <= len(moves)
    assert sum(line["amount"] for line in lines if line["discountable"]) == amount * had
    store.close()
