"""Coupons and promotion codes."""

import secrets

from apps.billing.emulator.engine.discounts import check_coupon
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import listing, need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

readable("coupons", "coupon", "Coupon")


@route("POST", "coupons", "CouponCreateParams")
def create(store: Store, params: Json) -> Json:
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if (percent is None) == (amount is None):
        raise ApiError(400, "Give one of `percent_off` and `amount_off`.", param="percent_off")
    if percent is not None and not 0 < percent <= 100:
        raise ApiError(400, "`percent_off` must be more than 0 and at most 100.", param="percent_off")
    duration = params.get("duration", "once")
    coupon = {"id": params["id"]} if params.get("id") else {}
    coupon = store.create(
        "coupon",
        "co",
        **coupon,
        name=params.get("name"),
        percent_off=percent,
        amount_off=amount,
        currency=need(params, "currency").lower() if amount is not None else None,
        currency_options=params.get("currency_options"),
        duration=duration,
        duration_in_months=need(params, "duration_in_months") if duration == "repeating" else None,
        max_redemptions=params.get("max_redemptions"),
        redeem_by=params.get("redeem_by"),
        times_redeemed=0,
        valid=True,
        metadata=params.get("metadata") or {},
    )
    publish(store, "coupon.created", coupon)
    return coupon


@route("POST", "coupons/<identifier>", "CouponUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, coupon = store.get("coupon", identifier), store.get("coupon", identifier)
    coupon |= {name: params[name] for name in ("name", "currency_options") if name in params}
    relabel(coupon, params)
    store.save(coupon)
    publish(store, "coupon.updated", coupon, before)
    return coupon


@route("DELETE", "coupons/<identifier>", "CouponDeleteParams")
def delete(store: Store, params: Json, identifier: str) -> Json:
    """Who has it keeps it; nobody else gets it."""
    coupon = store.get("coupon", identifier)
    store.save(coupon | {"valid": False, "max_redemptions": coupon["times_redeemed"] or 1, "_deleted": True})
    if not coupon["times_redeemed"]:
        store.delete("coupon", identifier)
    publish(store, "coupon.deleted", coupon)
    return {"id": identifier, "object": "coupon", "deleted": True}


@route("GET", "promotion_codes", "PromotionCodeListParams")
def read_codes(store: Store, params: Json) -> Json:
    found, coupon = store.all("promotion_code"), params.pop("coupon", None)
    found = [one for one in found if coupon in (None, one["promotion"]["coupon"])]
    return listing(found, params, "/v1/promotion_codes")


readable("promotion_codes", "promotion_code", "PromotionCode")


@route("POST", "promotion_codes", "PromotionCodeCreateParams")
def create_code(store: Store, params: Json) -> Json:
    coupon = store.get("coupon", need(params["promotion"], "coupon"))
    check_coupon(store, coupon, "promotion[coupon]")
    text = params.get("code") or secrets.token_hex(4).upper()
    if any(one["code"].lower() == text.lower() and one["active"] for one in store.all("promotion_code")):
        raise ApiError(400, "An active promotion code with that code exists.", param="code")
    restrictions = params.get("restrictions") or {}
    code = store.create(
        "promotion_code",
        "promo",
        active=params.get("active", True),
        code=text,
        customer=params.get("customer"),
        expires_at=params.get("expires_at"),
        max_redemptions=params.get("max_redemptions"),
        promotion={"type": "coupon", "coupon": coupon["id"]},
        restrictions={
            "first_time_transaction": restrictions.get("first_time_transaction", False),
            "minimum_amount": restrictions.get("minimum_amount"),
            "minimum_amount_currency": restrictions.get("minimum_amount_currency"),
        },
        times_redeemed=0,
        metadata=params.get("metadata") or {},
    )
    publish(store, "promotion_code.created", code)
    return code


@route("POST", "promotion_codes/<identifier>", "PromotionCodeUpdateParams")
def update_code(store: Store, params: Json, identifier: str) -> Json:
    before, code = store.get("promotion_code", identifier), store.get("promotion_code", identifier)
    code["active"] = params.get("active", code["active"])
    relabel(code, params)
    store.save(code)
    publish(store, "promotion_code.updated", code, before)
    return code
