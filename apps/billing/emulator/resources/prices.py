"""What it costs. Amounts never change: a new price takes the lookup key over."""

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.params import absent
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.resources import products
from apps.billing.emulator.routing import need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

readable("prices", "price", "Price")


@route("POST", "prices", "PriceCreateParams")
def create(store: Store, params: Json) -> Json:
    if "product_data" in params:
        product = products.create(store, params["product_data"])
    else:
        product = store.get("product", need(params, "product"))
    _take_lookup_key(store, params)
    recurring = _recurring(store, params["recurring"]) if params.get("recurring") else None
    price = store.create(
        "price",
        "price",
        product=product["id"],
        **_amounts(params),
        lookup_key=params.get("lookup_key"),
        nickname=params.get("nickname"),
        recurring=recurring,
        type="recurring" if recurring else "one_time",
        billing_scheme="per_unit",
        tax_behavior=params.get("tax_behavior", "unspecified"),
        active=params.get("active", True),
        metadata=params.get("metadata") or {},
    )
    publish(store, "price.created", price)
    return price


@route("POST", "prices/<identifier>", "PriceUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, price = store.get("price", identifier), store.get("price", identifier)
    if params.get("lookup_key") != price["lookup_key"]:
        _take_lookup_key(store, params)
    price |= {name: params[name] for name in ("active", "lookup_key", "nickname") if name in params}
    relabel(price, params)
    if price != before:
        store.save(price)
        publish(store, "price.updated", price, before)
    return price


def _amounts(params: Json) -> Json:
    """Whole minor units, or a decimal text for parts of them; in more currencies, too."""
    own, currency = _amount(params), params["currency"].lower()
    others = params.get("currency_options") or {}
    options = {currency: own} | {code.lower(): _amount(other) for code, other in others.items()}
    return own | {"currency": currency, "currency_options": options}


def _amount(params: Json) -> Json:
    if (amount := params.get("unit_amount")) is not None:
        return {"unit_amount": amount, "unit_amount_decimal": str(amount)}
    if (decimal := params.get("unit_amount_decimal")) is None:
        raise absent("unit_amount")
    return {"unit_amount": int(decimal) if decimal.isdecimal() else None, "unit_amount_decimal": decimal}


def _recurring(store: Store, given: Json) -> Json:
    if given.get("usage_type") == "metered":
        store.get("billing.meter", need(given, "meter"))
    return {
        "interval": given["interval"],
        "interval_count": given.get("interval_count", 1),
        "usage_type": given.get("usage_type", "licensed"),
        "meter": given.get("meter"),
        "trial_period_days": None,
    }


def _take_lookup_key(store: Store, params: Json) -> None:
    key = params.get("lookup_key")
    for other in store.all("price") if key else []:
        if other["lookup_key"] == key:
            if not params.get("transfer_lookup_key"):
                message = f"A price (`{other['id']}`) already uses that lookup key."
                raise ApiError(400, message, param="lookup_key")
            store.save(other | {"lookup_key": None})
