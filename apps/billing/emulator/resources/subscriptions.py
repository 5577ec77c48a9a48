"""Subscriptions."""

from apps.billing.emulator import billing
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import listing, need, relabel, route
from apps.billing.emulator.store import Json, Store


@route("GET", "subscriptions/<identifier>", "SubscriptionRetrieveParams")
def read(store: Store, params: Json, identifier: str) -> Json:
    return store.get("subscription", identifier)


@route("GET", "subscriptions", "SubscriptionListParams")
def read_all(store: Store, params: Json) -> Json:
    """Those that are over only if asked for."""
    found, status = store.all("subscription"), params.pop("status", None)
    if status in (None, "all"):
        found = [thing for thing in found if status or thing["status"] not in billing.OVER]
    elif status == "ended":
        found = [thing for thing in found if thing["status"] in billing.OVER]
    else:
        found = [thing for thing in found if thing["status"] == status]
    if price := params.pop("price", None):
        found = [
            thing for thing in found if any(item["price"]["id"] == price for item in thing["items"]["data"])
        ]
    return listing(found, params, "/v1/subscriptions")


@route("POST", "subscriptions", "SubscriptionCreateParams")
def create(store: Store, params: Json) -> Json:
    return start(store, need(params, "customer"), need(params, "items"), params.get("metadata") or {})


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
        billing.item_of(store, price, line.get("quantity", 1), store.now, subscription["id"])
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
    publish(store, "customer.subscription.created", subscription)
    if billing.pay(store, invoice, billing.card_of(store, subscription)):
        billing.change(store, subscription, status="active")
    return subscription


@route("POST", "subscriptions/<identifier>", "SubscriptionUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    """Quantities, prices, labels, and whether it ends with its period. Changes are not prorated."""
    subscription = store.get("subscription", identifier)
    if subscription["status"] in billing.OVER:
        raise ApiError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    known = {item["id"]: item for item in subscription["items"]["data"]}
    for wanted in params.get("items", []):
        if (item := known.get(wanted.get("id", ""))) is None:
            raise ApiError(400, "The emulator changes only items that exist.", param="items[0][id]")
        if "quantity" in wanted:
            item["quantity"] = wanted["quantity"]
        if "price" in wanted:
            item["price"] = store.get("price", wanted["price"])
        store.save(item)
    relabel(subscription, params)
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        last = subscription["items"]["data"][0]["current_period_end"]
        subscription["cancel_at_period_end"] = ends
        subscription["cancel_at"] = last if ends else None
        subscription["canceled_at"] = store.now if ends else None
    billing.change(store, subscription)
    return subscription


@route("DELETE", "subscriptions/<identifier>", "SubscriptionCancelParams")
def cancel(store: Store, params: Json, identifier: str) -> Json:
    subscription = store.get("subscription", identifier)
    if subscription["status"] in billing.OVER:
        raise ApiError(404, f"No such subscription: '{identifier}'", code="resource_missing", param="id")
    billing.end(store, subscription)
    return subscription
