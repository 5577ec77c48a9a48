"""Test cards."""

from apps.billing.emulator import billing
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import readable
from apps.billing.emulator.store import Json, Store

readable("payment_methods", "payment_method", "PaymentMethod")


def add_card(store: Store, customer: Json, number: str) -> Json:
    """Attach a test card and make it the customer's default."""
    if number not in billing.CARDS:
        raise ApiError(402, "Your card number is incorrect.", "card_error", code="incorrect_number")
    card = store.create(
        "payment_method",
        "pm",
        type="card",
        customer=customer["id"],
        card={"brand": "visa", "last4": number[-4:], "exp_month": 12, "exp_year": 2034},
        billing_details={"email": customer["email"], "name": customer["name"]},
        metadata={},
        _behaviour=billing.CARDS[number],
    )
    customer["invoice_settings"]["default_payment_method"] = card["id"]
    store.save(customer)
    publish(store, "payment_method.attached", card)
    return card
