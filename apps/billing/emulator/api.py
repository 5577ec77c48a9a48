"""The calls of Stripe's API that the emulator answers."""

import re
from collections.abc import Callable
from typing import Any

from apps.billing.emulator import billing
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.store import Json, Store

Call = Callable[..., Json]
ROUTES: list[tuple[str, re.Pattern[str], Call]] = []


def route(method: str, path: str) -> Callable[[Call], Call]:
    pattern = re.compile("^/v1/" + re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path) + "$")

    def register(call: Call) -> Call:
        ROUTES.append((method, pattern, call))
        return call

    return register


def find(method: str, path: str) -> tuple[Call, dict[str, str]]:
    """Raises ApiError (404) for what the emulator does not know."""
    for known, pattern, call in ROUTES:
        if known == method and (match := pattern.match(path)):
            return call, match.groupdict()
    raise ApiError(404, f"Unrecognized request URL ({method}: {path}).")


def listing(found: list[Json], params: Json, url: str) -> Json:
    """A page of what was found, the newest first, from Stripe's cursors."""
    if "ending_before" in params:
        found = found[: _place(found, params["ending_before"])][::-1]
    elif "starting_after" in params:
        found = found[_place(found, params["starting_after"]) + 1 :]
    limit = int(params.get("limit", 10))
    page = found[:limit]
    if "ending_before" in params:
        page.reverse()
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": page}


def _place(found: list[Json], identifier: str) -> int:
    for place, thing in enumerate(found):
        if thing["id"] == identifier:
            return place
    raise ApiError(400, f"No such cursor: '{identifier}'", code="resource_missing", param="starting_after")


def need(params: Json, name: str) -> Any:
    if params.get(name) in (None, ""):
        raise ApiError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    return params[name]


def _kind(path: str, kind: str, matches: tuple[str, ...] = ()) -> None:
    """Reading one and listing all is the same for every kind of object."""

    @route("GET", f"{path}/<identifier>")
    def read(store: Store, params: Json, identifier: str) -> Json:
        return store.get(kind, identifier)

    @route("GET", path)
    def read_all(store: Store, params: Json) -> Json:
        found = store.all(kind)
        for name in matches:
            if name in params:
                wanted = params[name] == "true" if name == "active" else params[name]
                found = [thing for thing in found if thing.get(name) == wanted]
        if keys := params.get("lookup_keys"):
            found = [thing for thing in found if thing["lookup_key"] in keys]
        if types := params.get("types"):
            found = [thing for thing in found if thing["type"] in types]
        if kind == "subscription" and "status" not in params:
            found = [thing for thing in found if thing["status"] != "canceled"]
        if params.get("status") not in (None, "all"):
            found = [thing for thing in found if thing["status"] == params["status"]]
        return listing(found, params, f"/v1/{path}")


_kind("products", "product", ("active",))
_kind("prices", "price", ("active", "product", "currency"))
_kind("customers", "customer", ("email",))
_kind("payment_methods", "payment_method", ("customer",))
_kind("checkout/sessions", "checkout.session", ("customer", "subscription"))
_kind("subscriptions", "subscription", ("customer",))
_kind("invoices", "invoice", ("customer",))
_kind("events", "event", ("type",))


@route("POST", "products")
def create_product(store: Store, params: Json) -> Json:
    fields = {"name": need(params, "name"), "description": params.get("description")}
    product = store.create(
        "product", "prod", **fields, active=True, metadata=params.get("metadata", {}), images=[]
    )
    billing.publish(store, "product.created", product)
    return product


@route("POST", "prices")
def create_price(store: Store, params: Json) -> Json:
    product = store.get("product", need(params, "product"))
    key = params.get("lookup_key")
    for other in store.all("price") if key else []:
        if other["lookup_key"] == key:
            if params.get("transfer_lookup_key") != "true":
                message = f"A price (`{other['id']}`) already uses that lookup key."
                raise ApiError(400, message, param="lookup_key")
            store.save(other | {"lookup_key": None})
    recurring = params.get("recurring")
    if recurring:
        recurring = {
            "interval": need(recurring, "interval"),
            "interval_count": int(recurring.get("interval_count", 1)),
            "usage_type": recurring.get("usage_type", "licensed"),
            "meter": recurring.get("meter"),
        }
    price = store.create(
        "price",
        "price",
        product=product["id"],
        currency=need(params, "currency").lower(),
        unit_amount=int(need(params, "unit_amount")),
        unit_amount_decimal=params["unit_amount"],
        lookup_key=key,
        nickname=params.get("nickname"),
        recurring=recurring,
        type="recurring" if recurring else "one_time",
        billing_scheme="per_unit",
        active=True,
        metadata=params.get("metadata", {}),
    )
    billing.publish(store, "price.created", price)
    return price


@route("POST", "customers")
def create_customer(store: Store, params: Json) -> Json:
    customer = store.create(
        "customer",
        "cus",
        email=params.get("email"),
        name=params.get("name"),
        description=params.get("description"),
        metadata=params.get("metadata", {}),
        delinquent=False,
        balance=0,
        currency=None,
        invoice_settings={"default_payment_method": None, "custom_fields": None, "footer": None},
    )
    billing.publish(store, "customer.created", customer)
    return customer


def update(store: Store, params: Json, path: str, identifier: str) -> Json:
    """Change what a product, a price, a customer or a subscription is called, and what it is labelled with."""
    if path == "subscriptions":
        return update_subscription(store, params, identifier)
    kind = {"products": "product", "prices": "price", "customers": "customer"}.get(path)
    if kind is None:
        raise ApiError(404, f"Unrecognized request URL (POST: /v1/{path}/{identifier}).")
    before, thing = store.get(kind, identifier), store.get(kind, identifier)
    for name in ("name", "email", "description", "nickname", "lookup_key"):
        if name in params and name in thing:
            thing[name] = params[name] or None
    if "active" in params and "active" in thing:
        thing["active"] = params["active"] == "true"
    thing["metadata"] |= params.get("metadata", {})
    if method := params.get("invoice_settings", {}).get("default_payment_method"):
        thing["invoice_settings"]["default_payment_method"] = store.get("payment_method", method)["id"]
    store.save(thing)
    if thing != before:
        billing.publish(store, f"{kind}.updated", thing, before)
    return thing


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
    billing.publish(store, "payment_method.attached", card)
    return card


@route("POST", "checkout/sessions")
def create_session(store: Store, params: Json) -> Json:
    if need(params, "mode") != "subscription":
        raise ApiError(400, "The emulator knows only the mode `subscription`.", param="mode")
    lines = [
        {"price": store.get("price", need(line, "price"))["id"], "quantity": int(line.get("quantity", 1))}
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
        metadata=params.get("metadata", {}),
        subscription=None,
        invoice=None,
        expires_at=store.now + 24 * 60 * 60,
        _lines=lines,
        _metadata=params.get("subscription_data", {}).get("metadata", {}),
    )
    session["url"] = f"{params['_base']}/checkout/{session['id']}"
    store.save(session)
    return session


@route("POST", "checkout/sessions/<identifier>/expire")
def expire_session(store: Store, params: Json, identifier: str) -> Json:
    session = store.get("checkout.session", identifier)
    if session["status"] != "open":
        raise ApiError(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
    session |= {"status": "expired", "url": None}
    store.save(session)
    billing.publish(store, "checkout.session.expired", session)
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
        session["customer"] = create_customer(store, {"email": session["customer_email"]})["id"]
    card = add_card(store, store.get("customer", session["customer"]), number)
    store.save(card | {"_behaviour": "good"})  # the first payment goes through, whatever comes later
    subscription = start(store, session["customer"], session["_lines"], session["_metadata"])
    if behaviour == "fails_later":
        store.save(card)
    session |= {"status": "complete", "payment_status": "paid", "url": None}
    session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}
    store.save(session)
    billing.publish(store, "checkout.session.completed", session)
    return session


def start(store: Store, customer: str, lines: list[Json], metadata: Json) -> Json:
    """Begin a subscription and bill its first period: `active` if that is paid, else `incomplete`."""
    prices = [store.get("price", line["price"]) for line in lines]
    subscription = store.create(
        "subscription",
        "sub",
        customer=store.get("customer", customer)["id"],
        status="incomplete",
        currency=prices[0]["currency"],
        start_date=store.now,
        billing_cycle_anchor=store.now,
        cancel_at=None,
        cancel_at_period_end=False,
        canceled_at=None,
        ended_at=None,
        trial_start=None,
        trial_end=None,
        collection_method="charge_automatically",
        default_payment_method=None,
        latest_invoice=None,
        metadata=metadata,
        discounts=[],
        schedule=None,
        pause_collection=None,
    )
    items = [
        billing.item_of(store, price, int(line.get("quantity", 1)), store.now, subscription["id"])
        for price, line in zip(prices, lines, strict=True)
    ]
    subscription["items"] = {
        "object": "list",
        "data": items,
        "has_more": False,
        "url": f"/v1/subscription_items?subscription={subscription['id']}",
    }
    invoice = billing.bill(store, subscription, "subscription_create")
    store.save(subscription)
    billing.publish(store, "customer.subscription.created", subscription)
    if billing.pay(store, invoice, billing.card_of(store, subscription)):
        billing.change(store, subscription, status="active")
    return subscription


@route("POST", "subscriptions")
def create_subscription(store: Store, params: Json) -> Json:
    return start(store, need(params, "customer"), need(params, "items"), params.get("metadata", {}))


def update_subscription(store: Store, params: Json, identifier: str) -> Json:
    """Quantities, prices, labels, and whether it ends with its period. Changes are not prorated."""
    subscription = store.get("subscription", identifier)
    if subscription["status"] in billing.OVER:
        raise ApiError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    known = {item["id"]: item for item in subscription["items"]["data"]}
    for wanted in params.get("items", []):
        if (item := known.get(wanted.get("id", ""))) is None:
            raise ApiError(400, "The emulator changes only items that exist.", param="items[0][id]")
        if "quantity" in wanted:
            item["quantity"] = int(wanted["quantity"])
        if "price" in wanted:
            item["price"] = store.get("price", wanted["price"])
        store.save(item)
    subscription["metadata"] |= params.get("metadata", {})
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"] == "true"
        last = subscription["items"]["data"][0]["current_period_end"]
        subscription["cancel_at_period_end"] = ends
        subscription["cancel_at"] = last if ends else None
        subscription["canceled_at"] = store.now if ends else None
    billing.change(store, subscription)
    return subscription


@route("DELETE", "subscriptions/<identifier>")
def cancel_subscription(store: Store, params: Json, identifier: str) -> Json:
    subscription = store.get("subscription", identifier)
    if subscription["status"] in billing.OVER:
        raise ApiError(404, f"No such subscription: '{identifier}'", code="resource_missing", param="id")
    billing.end(store, subscription)
    return subscription


route("POST", "<path>/<identifier>")(update)  # the last, since it matches others too
