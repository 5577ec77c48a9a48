"""Test cards of customers."""

from apps.billing.emulator.engine.cards import CARDS, TOKENS
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import listing, readable, relabel, route
from apps.billing.emulator.store import Json, Store

readable("payment_methods", "payment_method", "PaymentMethod")


@route("GET", "customers/<customer>/payment_methods", "CustomerPaymentMethodListParams")
def read_of_customer(store: Store, params: Json, customer: str) -> Json:
    url = f"/v1/customers/{store.get('customer', customer)['id']}/payment_methods"
    return listing(store.all("payment_method"), params | {"customer": customer}, url)


@route("POST", "payment_methods", "PaymentMethodCreateParams")
def create(store: Store, params: Json) -> Json:
    if params.get("type") != "card":
        raise ApiError(400, "The emulator knows only cards.", param="type")
    card = params.get("card") or {}
    number = TOKENS.get("pm_card_visa") if "token" in card else card.get("number", "")
    return make(store, str(number), params)


def make(store: Store, number: str, params: Json) -> Json:
    """A card that nobody owns so far. Raises ApiError (402) for a number that is no test card's."""
    if (known := CARDS.get(number)) is None:
        raise ApiError(402, "Your card number is incorrect.", "card_error", code="incorrect_number")
    brand, behaviour = known
    return store.create(
        "payment_method",
        "pm",
        **_details(brand, number[-4:]),
        customer=None,
        billing_details=params.get("billing_details") or {"email": None, "name": None},
        metadata=params.get("metadata") or {},
        allow_redisplay="unspecified",
        _behaviour=behaviour,
    )


def _details(brand: str, last4: str) -> Json:
    common = {"last4": last4, "fingerprint": f"emulated{last4}"}
    if brand == "bank":
        account = {"account_holder_type": "company", "account_type": "checking", "bank_name": "Test Bank"}
        return {
            "type": "us_bank_account",
            "us_bank_account": common | account | {"routing_number": "110000000"},
        }
    card = {"brand": brand, "display_brand": brand, "exp_month": 12, "exp_year": 2034}
    return {"type": "card", "card": common | card | {"funding": "credit", "country": "US"}}


@route("POST", "payment_methods/<identifier>/attach", "PaymentMethodAttachParams")
def attach(store: Store, params: Json, identifier: str) -> Json:
    """Stripe's test tokens, such as `pm_card_visa`, make a card of their own."""
    is_token = identifier in TOKENS
    card = make(store, TOKENS[identifier], {}) if is_token else store.get("payment_method", identifier)
    return give(store, card, params["customer"])


def give(store: Store, card: Json, customer: str) -> Json:
    card["customer"] = store.get("customer", customer)["id"]
    store.save(card)
    publish(store, "payment_method.attached", card)
    return card


@route("POST", "payment_methods/<identifier>/detach", "PaymentMethodDetachParams")
def detach(store: Store, params: Json, identifier: str) -> Json:
    before, card = store.get("payment_method", identifier), store.get("payment_method", identifier)
    if card["customer"] is None:
        raise ApiError(400, "The payment method is not attached to a customer.")
    customer = store.get("customer", card["customer"])
    if customer["invoice_settings"]["default_payment_method"] == identifier:
        former = store.get("customer", customer["id"])
        customer["invoice_settings"]["default_payment_method"] = None
        store.save(customer)
        publish(store, "customer.updated", customer, former)
    for subscription in store.all("subscription"):
        if subscription["default_payment_method"] == identifier:
            store.save(subscription | {"default_payment_method": None})
    card["customer"] = None
    store.save(card)
    publish(store, "payment_method.detached", card, before)
    return card


@route("POST", "payment_methods/<identifier>", "PaymentMethodUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, card = store.get("payment_method", identifier), store.get("payment_method", identifier)
    relabel(card, params)
    card["billing_details"] |= params.get("billing_details") or {}
    card["card"] |= params.get("card") or {}
    if card != before:
        store.save(card)
        publish(store, "payment_method.updated", card, before)
    return card
