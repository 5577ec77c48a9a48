"""The items of a subscription."""

from copy import deepcopy

from apps.billing.emulator.engine.amounts import is_metered
from apps.billing.emulator.engine.calendar import period_end
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.params import absent
from apps.billing.emulator.store import Json, Store


def made(store: Store, subscription: Json, wanted: Json, place: str, start: int, end: int) -> Json:
    """A new item. `end` 0 is the end of its price's period. Raises ApiError (400) for a price that cannot recur."""
    if not wanted.get("price"):
        raise absent(f"{place}[price]")
    price = store.get("price", wanted["price"])
    if price["recurring"] is None:
        raise ApiError(400, "The price specified is set to `type=one_time`.", param=f"{place}[price]")
    if not price["active"]:
        raise ApiError(400, "The price specified is inactive.", param=f"{place}[price]")
    return store.create(
        "subscription_item",
        "si",
        price=price,
        plan=_plan(price),
        quantity=None if is_metered(price) else wanted.get("quantity", 1),
        metadata=wanted.get("metadata") or {},
        discounts=[],
        tax_rates=[],
        billing_thresholds=None,
        subscription=subscription["id"],
        current_period_start=start,
        current_period_end=end or period_end(subscription["billing_cycle_anchor"], start, price["recurring"]),
        _last_start=start,
        _share="1",
    )


def changed(store: Store, subscription: Json, wishes: list[Json]) -> list[Json]:
    """The items after a change; nothing is saved but new ones."""
    items = deepcopy(subscription["items"]["data"])
    known = {item["id"]: item for item in items}
    first = items[0]
    for number, wish in enumerate(wishes):
        place = f"items[{number}]"
        if "id" not in wish:
            start, end = first["current_period_start"], first["current_period_end"]
            items.append(made(store, subscription, wish, place, start, end))
            continue
        if (item := known.get(wish["id"])) is None:
            raise ApiError(
                400, f"No such subscription item: '{wish['id']}'", code="resource_missing", param=place
            )
        if wish.get("deleted"):
            items.remove(item)
            store.delete("subscription_item", item["id"])
            continue
        if "price" in wish:
            item["price"] = store.get("price", wish["price"])
            item["plan"] = _plan(item["price"])
        wanted = wish.get("quantity", item["quantity"] or 1)
        item["quantity"] = None if is_metered(item["price"]) else wanted
        if "metadata" in wish:
            item["metadata"] |= wish["metadata"] or {}
    check(items, subscription["currency"])
    return items


def _plan(price: Json) -> Json:
    """The price as it was called before there were prices."""
    same = (
        "id",
        "active",
        "created",
        "currency",
        "livemode",
        "metadata",
        "nickname",
        "product",
        "billing_scheme",
    )
    amounts = {"amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"]}
    return {name: price[name] for name in same} | amounts | price["recurring"] | {"object": "plan"}


def check(items: list[Json], currency: str) -> None:
    """Raises ApiError (400) for items that cannot be billed together."""
    if not items:
        raise ApiError(400, "A subscription must have at least one active item.", param="items")
    if any(currency not in item["price"]["currency_options"] for item in items):
        raise ApiError(
            400, f"All prices of this subscription must have the currency {currency}.", param="items"
        )
    if len({interval(item) for item in items}) > 1:
        raise ApiError(400, "All prices of a subscription must have the same interval.", param="items")
    if len({item["price"]["id"] for item in items}) < len(items):
        raise ApiError(400, "Two items of a subscription have the same price.", param="items")


def interval(item: Json) -> tuple[str, int]:
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def listed(items: list[Json], subscription: str) -> Json:
    url = f"/v1/subscription_items?subscription={subscription}"
    return {"object": "list", "data": items, "has_more": False, "url": url, "total_count": len(items)}
