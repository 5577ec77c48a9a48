"""The lines of a subscription's invoices."""

import secrets
from datetime import UTC, datetime
from fractions import Fraction

from apps.billing.emulator.engine import discounts, usage
from apps.billing.emulator.engine.amounts import every, exact, is_metered, prorated, rounded, unit
from apps.billing.emulator.store import Json, Store


def for_period(store: Store, subscription: Json) -> list[Json]:
    """What the period that begins costs in advance, and what was used in the one before."""
    lines = for_usage(store, subscription)
    for item in subscription["items"]["data"]:
        if not is_metered(item["price"]):
            amount = exact(item["price"], item["quantity"], subscription["currency"])
            lines.append(_line(store, subscription, item, rounded(amount)))
    return lines


def for_usage(store: Store, subscription: Json) -> list[Json]:
    """What was used from the last period's start until the present one's."""
    lines = []
    for item in subscription["items"]["data"]:
        start, end = item["_last_start"], item["current_period_start"]
        if is_metered(item["price"]) and start < end:
            meter = item["price"]["recurring"]["meter"]
            used = usage.total(store, meter, subscription["customer"], start, end)
            amount = rounded(Fraction(used) * unit(item["price"], subscription["currency"]))
            line = _line(store, subscription, item | {"quantity": int(used)}, amount)
            lines.append(line | {"period": {"start": start, "end": end}, "quantity_decimal": str(used)})
    return lines


def for_trial(store: Store, subscription: Json) -> list[Json]:
    """Nothing, said in as many lines."""
    lines = [_line(store, subscription, item, 0) for item in subscription["items"]["data"]]
    names = [_name(store, item) for item in subscription["items"]["data"]]
    return [
        line | {"description": f"Trial period for {name}"} for line, name in zip(lines, names, strict=True)
    ]


def for_change(
    store: Store, subscription: Json, old: list[Json], new: list[Json], moment: int, *, charge: bool = True
) -> list[Json]:
    """A credit for the unused time of what was, and a charge for the remaining time of what is now.

    Both are net of discounts: the credit of those that were used, the charge of those that hold now.
    """
    lines = []
    share = str(discounts.share_left(store, subscription))
    before, after = {item["id"]: item for item in old}, {item["id"]: item for item in new}
    for identifier in [*before, *(name for name in after if name not in before)]:
        was, now = before.get(identifier), after.get(identifier)
        if was and now and (was["price"], was["quantity"]) == (now["price"], now["quantity"]) and charge:
            continue
        if was:
            lines.append(_proration(store, subscription, was, moment, "Unused time on", -1))
        if now and charge:
            now["_share"] = share
            lines.append(_proration(store, subscription, now, moment, "Remaining time on", 1))
    return [line for line in lines if line["quantity"] is not None]


def _proration(store: Store, subscription: Json, item: Json, moment: int, words: str, sign: int) -> Json:
    start, end = item["current_period_start"], item["current_period_end"]
    whole = exact(item["price"], item["quantity"] or 0, subscription["currency"]) * Fraction(item["_share"])
    amount = sign * prorated(whole, start, end, moment)
    line = _line(store, subscription, item, amount)
    several = f"{item['quantity']} × " if item["quantity"] not in (None, 1) else ""
    day = datetime.fromtimestamp(moment, UTC).strftime("%d %b %Y")
    line["description"] = f"{words} {several}{_name(store, item)} after {day}"
    line["period"] = {"start": moment, "end": end}
    line["discountable"] = False
    line["parent"]["subscription_item_details"]["proration"] = True
    return line


def _line(store: Store, subscription: Json, item: Json, amount: int) -> Json:
    price, quantity = item["price"], item["quantity"]
    cost = every(price, subscription["currency"])
    return {
        "id": f"il_{secrets.token_hex(12)}",
        "object": "line_item",
        "amount": amount,
        "subtotal": amount,
        "currency": subscription["currency"],
        "description": f"{quantity or 0} × {_name(store, item)} (at {cost})",
        "quantity": quantity,
        "discountable": True,
        "discounts": [],
        "discount_amounts": [],
        "livemode": False,
        "metadata": subscription["metadata"],
        "subscription": subscription["id"],
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "subscription": subscription["id"],
                "subscription_item": item["id"],
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
            },
        },
    }


def _name(store: Store, item: Json) -> str:
    return str(store.get("product", item["price"]["product"])["name"])


def keep(store: Store, subscription: Json, lines: list[Json]) -> None:
    """Let lines wait for the next invoice."""
    for line in lines:
        store.create(
            "invoiceitem",
            "ii",
            amount=line["amount"],
            currency=line["currency"],
            customer=subscription["customer"],
            date=store.now,
            description=line["description"],
            discountable=True,
            discounts=[],
            invoice=None,
            metadata={},
            net_amount=line["amount"],
            period=line["period"],
            proration=True,
            quantity=line["quantity"],
            quantity_decimal=str(line["quantity"]),
            pricing=line["pricing"],
            parent={
                "type": "subscription_details",
                "subscription_details": {
                    "subscription": subscription["id"],
                    "subscription_item": line["parent"]["subscription_item_details"]["subscription_item"],
                },
            },
            _line=line,
        )
