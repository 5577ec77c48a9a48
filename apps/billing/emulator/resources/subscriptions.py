"""Subscriptions and their items."""

from apps.billing.emulator.engine import changes, invoices, lines, periods
from apps.billing.emulator.engine import subscriptions as engine
from apps.billing.emulator.engine.moments import OVER
from apps.billing.emulator.errors import ApiError, missing
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import listing, need, route
from apps.billing.emulator.store import Json, Store


@route("GET", "subscriptions/<identifier>", "SubscriptionRetrieveParams")
def read(store: Store, params: Json, identifier: str) -> Json:
    return store.get("subscription", identifier)


@route("GET", "subscriptions", "SubscriptionListParams")
def read_all(store: Store, params: Json) -> Json:
    """Those that are over only if asked for."""
    buyer, status = params.get("customer"), params.pop("status", None)
    found = store.where("subscription", customer=buyer) if buyer else store.all("subscription")
    if status in (None, "all"):
        found = [thing for thing in found if status or thing["status"] not in OVER]
    elif status == "ended":
        found = [thing for thing in found if thing["status"] in OVER]
    else:
        found = [thing for thing in found if thing["status"] == status]
    if price := params.pop("price", None):
        found = [
            thing for thing in found if any(item["price"]["id"] == price for item in thing["items"]["data"])
        ]
    return listing(found, params, "/v1/subscriptions")


@route("POST", "subscriptions", "SubscriptionCreateParams")
def create(store: Store, params: Json) -> Json:
    need(params, "customer")
    need(params, "items")
    return engine.start(store, params)


@route("POST", "subscriptions/<identifier>", "SubscriptionUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    changes.update(store, store.get("subscription", identifier), params)
    return store.get("subscription", identifier)


@route("DELETE", "subscriptions/<identifier>", "SubscriptionCancelParams")
def cancel(store: Store, params: Json, identifier: str) -> Json:
    subscription = store.get("subscription", identifier)
    if subscription["status"] in OVER:
        raise missing("subscription", identifier)
    if params.get("prorate"):
        old = subscription["items"]["data"]
        lines.keep(store, subscription, lines.for_change(store, subscription, old, [], store.now))
    if params.get("invoice_now"):
        invoices.pay(store, invoices.write(store, subscription, "subscription_update", []))
    subscription["cancellation_details"] |= params.get("cancellation_details") or {}
    engine.end(store, subscription, "cancellation_requested")
    return subscription


@route("DELETE", "subscriptions/<identifier>/discount", "SubscriptionDeleteDiscountParams")
def delete_discount(store: Store, params: Json, identifier: str) -> Json:
    changes.update(store, store.get("subscription", identifier), {"discounts": None})
    return {"object": "discount", "deleted": True}


@route("POST", "subscriptions/<identifier>/resume", "SubscriptionResumeParams")
def resume(store: Store, params: Json, identifier: str) -> Json:
    """Go on with one that is `paused`, once it is paid for."""
    subscription = store.get("subscription", identifier)
    if subscription["status"] != "paused":
        raise ApiError(400, "Only a paused subscription can be resumed.")
    invoice = periods.begin_now(store, subscription, "subscription_update")
    if refused := invoices.pay(store, invoice, planned=False):
        refused.keeps = True
        raise refused
    engine.change(store, subscription, status="active")
    publish(store, "customer.subscription.resumed", subscription)
    return subscription


@route("GET", "subscription_items/<identifier>", "SubscriptionItemRetrieveParams")
def read_item(store: Store, params: Json, identifier: str) -> Json:
    return store.get("subscription_item", identifier)


@route("GET", "subscription_items", "SubscriptionItemListParams")
def read_items(store: Store, params: Json) -> Json:
    return listing(store.all("subscription_item"), params, "/v1/subscription_items")


@route("POST", "subscription_items", "SubscriptionItemCreateParams")
def create_item(store: Store, params: Json) -> Json:
    wish, rest = _split(params, ("price", "quantity", "metadata"))
    subscription = store.get("subscription", rest.pop("subscription"))
    changes.update(store, subscription, rest | {"items": [wish]})
    return store.get("subscription_item", subscription["items"]["data"][-1]["id"])


@route("POST", "subscription_items/<identifier>", "SubscriptionItemUpdateParams")
def update_item(store: Store, params: Json, identifier: str) -> Json:
    wish, rest = _split(params, ("price", "quantity", "metadata"))
    _change_item(store, identifier, wish, rest)
    return store.get("subscription_item", identifier)


@route("DELETE", "subscription_items/<identifier>", "SubscriptionItemDeleteParams")
def delete_item(store: Store, params: Json, identifier: str) -> Json:
    params.pop("clear_usage", None)
    _change_item(store, identifier, {"deleted": True}, params)
    return {"id": identifier, "object": "subscription_item", "deleted": True}


def _change_item(store: Store, identifier: str, wish: Json, rest: Json) -> None:
    subscription = store.get("subscription", store.get("subscription_item", identifier)["subscription"])
    changes.update(store, subscription, rest | {"items": [wish | {"id": identifier}]})


def _split(params: Json, names: tuple[str, ...]) -> tuple[Json, Json]:
    inside = {name: value for name, value in params.items() if name in names}
    return inside, {name: value for name, value in params.items() if name not in names and name != "expand"}
