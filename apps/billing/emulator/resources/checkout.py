"""Checkout: a page on which a customer pays, and what follows."""

from apps.billing.emulator.engine import discounts, subscriptions
from apps.billing.emulator.engine.amounts import exact, rounded
from apps.billing.emulator.engine.calendar import DAY
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.resources import customers, payment_methods
from apps.billing.emulator.routing import listing, need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

PASSED_ON = ("trial_period_days", "trial_end", "trial_settings", "metadata", "description")
KEPT = ("customer_email", "client_reference_id", "success_url", "cancel_url", "locale", "customer_update")

readable("checkout/sessions", "checkout.session", "checkout.Session")


@route("POST", "checkout/sessions", "checkout.SessionCreateParams")
def create(store: Store, params: Json) -> Json:
    if need(params, "mode") != "subscription":
        raise ApiError(400, "The emulator knows only the mode `subscription`.", param="mode")
    wanted = [
        {"price": store.get("price", need(line, "price")), "quantity": line.get("quantity", 1)}
        for line in need(params, "line_items")
    ]
    customer = params.get("customer")
    data = params.get("subscription_data") or {}
    currency = params.get("currency") or wanted[0]["price"]["currency"]
    if params.get("discounts") and params.get("allow_promotion_codes"):
        raise ApiError(400, "You may only specify one of these: allow_promotion_codes, discounts.")
    discounts.wanted(store, customer, params)
    session = store.create(
        "checkout.session",
        "cs_test",
        mode="subscription",
        status="open",
        payment_status="unpaid",
        payment_method_collection=params.get("payment_method_collection", "always"),
        payment_method_types=["card"],
        customer=store.get("customer", customer)["id"] if customer else None,
        **{name: params.get(name) for name in KEPT},
        ui_mode="hosted_page",
        currency=currency,
        discounts=[
            {"coupon": wish.get("coupon"), "promotion_code": wish.get("promotion_code")}
            for wish in params.get("discounts") or []
        ],
        allow_promotion_codes=params.get("allow_promotion_codes"),
        automatic_tax={"enabled": bool((params.get("automatic_tax") or {}).get("enabled")), "status": None},
        custom_fields=[],
        shipping_options=[],
        metadata=params.get("metadata") or {},
        subscription=None,
        invoice=None,
        expires_at=params.get("expires_at", store.now + DAY),
        _lines=[{"price": line["price"]["id"], "quantity": line["quantity"]} for line in wanted],
        _data={name: data[name] for name in PASSED_ON if name in data},
    )
    session["url"] = f"{store.url}/checkout/{session['id']}"
    _add_up(store, session)
    return session


def _add_up(store: Store, session: Json) -> None:
    """What is due today, by letting the subscription begin and taking that back."""
    with store.undone() as undo:
        customer = session["customer"] or customers.create(store, {})["id"]
        begun = subscriptions.start(store, _wishes(session | {"customer": customer}))
        undo.kept = store.get("invoice", begun["latest_invoice"])
    off = sum(part["amount"] for part in undo.kept["total_discount_amounts"])
    session |= {"amount_subtotal": undo.kept["subtotal"], "amount_total": undo.kept["total"]}
    session["total_details"] = {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0}
    store.save(session)


def _wishes(session: Json) -> Json:
    chosen = [{name: text for name, text in wish.items() if text} for wish in session["discounts"]]
    wishes = {name: session[name] for name in ("customer", "currency")} | {"items": session["_lines"]}
    return session["_data"] | wishes | {"discounts": chosen, "payment_behavior": "error_if_incomplete"}


def use_code(store: Store, identifier: str, text: str) -> None:
    """Take a promotion code on, as the page does. Raises ApiError for one that cannot be redeemed."""
    session = store.get("checkout.session", identifier)
    if session["status"] != "open" or not session["allow_promotion_codes"]:
        raise ApiError(400, "This checkout takes no promotion codes.")
    code = discounts.by_code(store, text, session["customer"])
    session["discounts"] = [{"coupon": None, "promotion_code": code["id"]}]
    _add_up(store, session)


@route("POST", "checkout/sessions/<identifier>", "checkout.SessionUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    session = store.get("checkout.session", identifier)
    relabel(session, params)
    store.save(session)
    return session


@route("GET", "checkout/sessions/<identifier>/line_items", "checkout.SessionListLineItemsParams")
def read_lines(store: Store, params: Json, identifier: str) -> Json:
    session = store.get("checkout.session", identifier)
    lines = [_line(store, line, session["currency"]) for line in session["_lines"]]
    return listing(lines, params, f"/v1/checkout/sessions/{identifier}/line_items")


def _line(store: Store, line: Json, currency: str) -> Json:
    price = store.get("price", line["price"])
    amount = rounded(exact(price, line["quantity"], currency))
    found = {"id": f"li_{price['id'][6:]}", "object": "item", "price": price, "quantity": line["quantity"]}
    found |= {"amount_subtotal": amount, "amount_total": amount, "amount_discount": 0, "amount_tax": 0}
    return found | {
        "currency": currency,
        "description": store.get("product", price["product"])["name"],
        "metadata": {},
    }


@route("POST", "checkout/sessions/<identifier>/expire", "checkout.SessionExpireParams")
def expire(store: Store, params: Json, identifier: str) -> Json:
    session = store.get("checkout.session", identifier)
    if session["status"] != "open":
        raise ApiError(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
    session |= {"status": "expired", "url": None}
    store.save(session)
    publish(store, "checkout.session.expired", session)
    return session


def complete(store: Store, identifier: str, number: str, confirmed: bool = False, email: str = "") -> Json:
    """Pay for a session with a test card; without a number, if none is asked for.

    Raises ApiError (402) if the bank refuses: all is undone then, and the session stays open.
    """
    with store.at(store.clock_of(identifier)):
        session = store.get("checkout.session", identifier)
        if session["status"] != "open":
            raise ApiError(400, "This Checkout Session is no longer open.")
        if not number and (session["amount_total"] or session["payment_method_collection"] == "always"):
            raise ApiError(402, "Your card number is incomplete.", "card_error", code="incomplete_number")
        if session["customer"] is None:
            wanted = {"email": session["customer_email"] or email or None}
            session["customer"] = customers.create(store, wanted)["id"]
        card = _card(store, session, number) if number else None
        subscription = _start(store, session, card, confirmed)
        return _completed(store, session, subscription)


def _card(store: Store, session: Json, number: str) -> Json:
    buyer = store.get("customer", session["customer"])
    details = {"email": buyer["email"], "name": buyer["name"], "phone": None, "address": None}
    card = payment_methods.make(store, number, {"billing_details": details})
    return payment_methods.give(store, card, session["customer"])


def _start(store: Store, session: Json, card: Json | None, confirmed: bool) -> Json:
    """A card that fails later pays this first time."""
    if card and card["_behaviour"] == "fails_later":
        store.save(card | {"_behaviour": "good"})
    params = _wishes(session)
    if card:
        params["default_payment_method"] = card["id"]
    subscription = subscriptions.start(store, params, confirmed=confirmed)
    if card:
        if card["_behaviour"] == "authenticate_once":
            card["_behaviour"] = "good"  # the bank lets later payments pass
        store.save(card)
    return subscription


def _completed(store: Store, session: Json, subscription: Json) -> Json:
    invoice = store.get("invoice", subscription["latest_invoice"])
    payment = "no_payment_required" if invoice["amount_due"] == 0 else invoice["status"]
    session |= {"status": "complete", "payment_status": "unpaid" if payment == "open" else payment}
    session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"], "url": None}
    store.save(session)
    publish(store, "checkout.session.completed", session)
    return session
