"""Checkout: a page on which a customer pays, and what follows."""

from apps.billing.emulator import billing
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.resources import customers
from apps.billing.emulator.resources.payment_methods import add_card
from apps.billing.emulator.resources.subscriptions import start
from apps.billing.emulator.routing import need, readable, route
from apps.billing.emulator.store import Json, Store

DAY = 24 * 60 * 60

readable("checkout/sessions", "checkout.session", "checkout.Session")


@route("POST", "checkout/sessions", "checkout.SessionCreateParams")
def create(store: Store, params: Json) -> Json:
    if need(params, "mode") != "subscription":
        raise ApiError(400, "The emulator knows only the mode `subscription`.", param="mode")
    lines = [
        {"price": store.get("price", need(line, "price"))["id"], "quantity": line.get("quantity", 1)}
        for line in need(params, "line_items")
    ]
    customer = params.get("customer")
    session = store.create(
        "checkout.session",
        "cs_test",
        mode="subscription",
        status="open",
        payment_status="unpaid",
        customer=store.get("customer", customer)["id"] if customer else None,
        customer_email=params.get("customer_email"),
        client_reference_id=params.get("client_reference_id"),
        success_url=params.get("success_url"),
        cancel_url=params.get("cancel_url"),
        metadata=params.get("metadata") or {},
        subscription=None,
        invoice=None,
        expires_at=params.get("expires_at", store.now + DAY),
        _lines=lines,
        _metadata=params.get("subscription_data", {}).get("metadata") or {},
    )
    session["url"] = f"{store.url}/checkout/{session['id']}"
    store.save(session)
    return session


@route("POST", "checkout/sessions/<identifier>/expire", "checkout.SessionExpireParams")
def expire(store: Store, params: Json, identifier: str) -> Json:
    session = store.get("checkout.session", identifier)
    if session["status"] != "open":
        raise ApiError(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
    session |= {"status": "expired", "url": None}
    store.save(session)
    publish(store, "checkout.session.expired", session)
    return session


def complete(store: Store, identifier: str, number: str, confirmed: bool = False) -> Json:
    """Pay for a session with a test card. Raises ApiError (402) if the bank refuses, and the session stays open."""
    session = store.get("checkout.session", identifier)
    if session["status"] != "open":
        raise ApiError(400, "This Checkout Session is no longer open.")
    behaviour = billing.CARDS.get(number, "unknown")
    if behaviour == "declined":
        raise ApiError(402, "Your card was declined.", "card_error", code="card_declined")
    if behaviour == "authentication" and not confirmed:
        raise ApiError(402, "The bank asks you to confirm.", "card_error", code="authentication_required")
    if session["customer"] is None:
        session["customer"] = customers.create(store, {"email": session["customer_email"]})["id"]
    card = add_card(store, store.get("customer", session["customer"]), number)
    store.save(card | {"_behaviour": "good"})  # the first payment goes through, whatever comes later
    subscription = start(store, session["customer"], session["_lines"], session["_metadata"])
    if behaviour == "fails_later":
        store.save(card)
    session |= {"status": "complete", "payment_status": "paid", "url": None}
    session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}
    store.save(session)
    publish(store, "checkout.session.completed", session)
    return session
