"""Coupons: who may redeem them, and what they take off."""

from fractions import Fraction

from apps.billing.emulator.engine.amounts import rounded
from apps.billing.emulator.engine.calendar import months_after
from apps.billing.emulator.errors import ApiError, missing
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.store import Json, Store


def wanted(store: Store, customer: str | None, params: Json) -> list[tuple[Json, str | None]] | None:
    """The coupons that `discounts` asks for, each with its promotion code; None if it asks nothing.

    Raises ApiError (400) for one that cannot be redeemed.
    """
    if "discounts" not in params:
        return None
    found = []
    for number, wish in enumerate(params["discounts"] or []):
        place, code = f"discounts[{number}]", None
        if kept := wish.get("discount"):
            discount = store.get("discount", kept)
            found.append((store.get("coupon", discount["source"]["coupon"]), discount["promotion_code"]))
            continue
        if wish.get("promotion_code"):
            promotion = store.get("promotion_code", wish["promotion_code"])
            check_code(store, promotion, customer)
            code, coupon = promotion["id"], store.get("coupon", promotion["promotion"]["coupon"])
        else:
            coupon = store.get("coupon", wish.get("coupon", ""))
        check_coupon(store, coupon, f"{place}[coupon]")
        found.append((coupon, code))
    return found


def by_code(store: Store, text: str, customer: str | None) -> Json:
    """The promotion code that a customer typed. Raises ApiError (400, 404)."""
    for promotion in store.all("promotion_code"):
        if promotion["code"].lower() == text.strip().lower() and promotion["active"]:
            check_code(store, promotion, customer)
            check_coupon(store, store.get("coupon", promotion["promotion"]["coupon"]), "promotion_code")
            return promotion
    raise missing("promotion_code", text)


def check_code(store: Store, promotion: Json, customer: str | None) -> None:
    is_used_up = promotion["max_redemptions"] and promotion["times_redeemed"] >= promotion["max_redemptions"]
    is_late = promotion["expires_at"] and promotion["expires_at"] <= store.now
    if not promotion["active"] or is_used_up or is_late or promotion["customer"] not in (None, customer):
        raise ApiError(400, "This promotion code cannot be redeemed.", param="promotion_code")
    invoices = store.all("invoice") if promotion["restrictions"]["first_time_transaction"] else []
    if any(one["customer"] == customer and one["amount_paid"] for one in invoices):
        raise ApiError(400, "This promotion code is for new customers.", param="promotion_code")


def check_coupon(store: Store, coupon: Json, place: str) -> None:
    if not is_valid(store, coupon):
        raise ApiError(400, f"Coupon expired: {coupon['id']}", code="coupon_expired", param=place)


def is_valid(store: Store, coupon: Json) -> bool:
    is_used_up = coupon["max_redemptions"] and coupon["times_redeemed"] >= coupon["max_redemptions"]
    return not is_used_up and not (coupon["redeem_by"] and coupon["redeem_by"] <= store.now)


def redeem(store: Store, subscription: Json, coupons: list[tuple[Json, str | None]]) -> None:
    """Give a subscription these discounts, in the place of those that it has."""
    former = {store.get("discount", name)["source"]["coupon"]: name for name in subscription["discounts"]}
    kept = [former.pop(coupon["id"]) for coupon, _code in coupons if coupon["id"] in former]
    for name in former.values():
        _end(store, store.get("discount", name))
    known = {store.get("discount", name)["source"]["coupon"] for name in kept}
    new = [_made(store, subscription, *pair) for pair in coupons if pair[0]["id"] not in known]
    subscription["discounts"] = kept + new


def _made(store: Store, subscription: Json, coupon: Json, code: str | None) -> str:
    months = coupon["duration_in_months"]
    discount = store.create(
        "discount",
        "di",
        source={"type": "coupon", "coupon": coupon["id"]},
        promotion_code=code,
        customer=subscription["customer"],
        subscription=subscription["id"],
        checkout_session=None,
        invoice=None,
        invoice_item=None,
        subscription_item=None,
        start=store.now,
        end=months_after(store.now, months) if months else None,
    )
    for name in filter(None, (coupon["id"], code)):
        counted = store.find(name) or {}
        counted["times_redeemed"] += 1
        if counted["object"] == "coupon":
            counted["valid"] = is_valid(store, counted)
        store.save(counted)
    publish(store, "customer.discount.created", discount)
    return str(discount["id"])


def _end(store: Store, discount: Json) -> None:
    discount["end"] = store.now
    store.save(discount)
    publish(store, "customer.discount.deleted", discount)


def forget_ended(store: Store, subscription: Json) -> None:
    """Take off those whose months are over."""
    going = []
    for name in subscription["discounts"]:
        discount = store.get("discount", name)
        if discount["end"] and discount["end"] <= store.now:
            publish(store, "customer.discount.deleted", discount)
        else:
            going.append(name)
    subscription["discounts"] = going


def use_up(store: Store, subscription: Json, invoice: Json) -> None:
    """What holds once is over, if it took something off this invoice."""
    used = {part["discount"] for part in invoice["total_discount_amounts"] if part["amount"]}
    for name in used & set(subscription["discounts"]):
        discount = store.get("discount", name)
        if store.get("coupon", discount["source"]["coupon"])["duration"] == "once":
            _end(store, discount)
            subscription["discounts"].remove(name)


def share_left(store: Store, subscription: Json) -> Fraction:
    """The part of a price that percentages leave."""
    left = Fraction(1)
    for name in subscription["discounts"]:
        coupon = store.get("coupon", store.get("discount", name)["source"]["coupon"])
        left *= 1 - _percent(coupon)
    return left


def _percent(coupon: Json) -> Fraction:
    return Fraction(str(coupon["percent_off"] or 0)) / 100


def take_off(store: Store, invoice: Json) -> None:
    """Note on each line what each discount takes off, percentages and amounts in their order."""
    lines = [line for line in invoice["lines"]["data"] if line["discountable"] and line["amount"] > 0]
    for line in invoice["lines"]["data"]:
        line["discount_amounts"] = []
    for name in invoice["discounts"]:
        coupon = store.get("coupon", store.get("discount", name)["source"]["coupon"])
        left = _amount_off(coupon, invoice["currency"])
        for line in lines:
            rest = line["amount"] - sum(part["amount"] for part in line["discount_amounts"])
            off = rounded(rest * _percent(coupon)) if coupon["percent_off"] else min(rest, left)
            left -= 0 if coupon["percent_off"] else off
            line["discount_amounts"].append({"amount": off, "discount": name})


def _amount_off(coupon: Json, currency: str) -> int:
    if coupon["percent_off"]:
        return 0
    options = coupon["currency_options"] or {}
    own = coupon["amount_off"] if coupon["currency"] == currency else 0
    return int(options[currency]["amount_off"] if currency in options else own)
