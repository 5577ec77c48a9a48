"""What a change of a subscription costs, and when it is paid."""

from apps.billing.emulator.engine import discounts, invoices, items, lines, periods, subscriptions
from apps.billing.emulator.engine.amounts import exact
from apps.billing.emulator.engine.moments import OVER
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.routing import relabel
from apps.billing.emulator.store import Json, Store

AFTER_THE_END = {"metadata", "cancellation_details", "expand"}


def update(store: Store, subscription: Json, params: Json, *, confirmed: bool = False) -> Json | None:
    """Change a subscription as asked. Returns the invoice if there is one now.

    Raises ApiError: 400 for what cannot be, 402 if the bank refuses and `error_if_incomplete` is set.
    """
    if subscription["status"] in OVER and set(params) - AFTER_THE_END:
        raise ApiError(400, "A canceled subscription can only update its cancellation_details and metadata.")
    if params.get("payment_behavior") == "pending_if_incomplete":
        raise ApiError(400, "The emulator does not do `pending_if_incomplete`.", param="payment_behavior")
    relabel(subscription, params)
    subscription |= {name: params[name] for name in subscriptions.SETTINGS if name in params}
    if "collection_method" in params:
        subscription["collection_method"] = params["collection_method"]
    if "pause_collection" in params:
        pause = params["pause_collection"]
        subscription["pause_collection"] = {"resumes_at": None, **pause} if pause else None
    if details := params.get("cancellation_details"):
        subscription["cancellation_details"] |= details
    if (coupons := discounts.wanted(store, subscription["customer"], params)) is not None:
        discounts.redeem(store, subscription, coupons)
    invoice = _change_items(store, subscription, params)
    if "cancel_at_period_end" in params or "cancel_at" in params:
        subscriptions.plan_end(store, subscription, params)
    subscriptions.change(store, subscription)
    if invoice:
        _pay(store, subscription, invoice, params, confirmed)
    return invoice


def _change_items(store: Store, subscription: Json, params: Json) -> Json | None:
    old = subscription["items"]["data"]
    new = items.changed(store, subscription, params.get("items") or [])
    moment = _moment(store, old, params)
    behaviour = params.get("proration_behavior", "create_prorations")
    was_trialing = subscription["status"] == "trialing"
    resets = _resets(subscription, old, new, params)
    due: list[Json] = []
    if behaviour != "none" and not was_trialing and subscription["status"] != "paused":
        due = lines.for_change(store, subscription, old, new, moment, charge=not resets)
    subscription["items"] = items.listed(new, subscription["id"])
    if "trial_end" in params and params["trial_end"] != "now":
        _extend_trial(store, subscription, params["trial_end"])
        return None
    if resets:
        lines.keep(store, subscription, due)
        return periods.begin_now(store, subscription, "subscription_update")
    if due and behaviour == "always_invoice":
        return invoices.write(store, subscription, "subscription_update", due)
    lines.keep(store, subscription, due)
    return None


def _moment(store: Store, old: list[Json], params: Json) -> int:
    if (moment := params.get("proration_date")) is None:
        return store.now
    first = old[0]
    if not first["current_period_start"] <= moment <= first["current_period_end"]:
        raise ApiError(400, "`proration_date` must be in the current period.", param="proration_date")
    return int(moment)


def _resets(subscription: Json, old: list[Json], new: list[Json], params: Json) -> bool:
    """Whether a new period begins now: another interval, from free to paid, or because it was asked for."""
    if params.get("trial_end") == "now":
        return bool(subscription["status"] == "trialing")
    if subscription["status"] in ("trialing", "paused"):
        return False
    if (params.get("billing_cycle_anchor") or {}).get("type") == "now":
        return True
    was, now = (
        sum(exact(item["price"], item["quantity"] or 0, subscription["currency"]) for item in found)
        for found in (old, new)
    )
    is_metered = any(item["quantity"] is None for item in old)
    return items.interval(old[0]) != items.interval(new[0]) or (was == 0 and now > 0 and not is_metered)


def _extend_trial(store: Store, subscription: Json, end: int) -> None:
    if end <= store.now:
        raise ApiError(400, "The trial's end must be in the future, or `now`.", param="trial_end")
    subscription |= {"trial_start": subscription["trial_start"] or store.now, "trial_end": end}
    subscription |= {"billing_cycle_anchor": end, "status": "trialing", "_told": False}
    for item in subscription["items"]["data"]:
        item["current_period_end"] = end


def _pay(store: Store, subscription: Json, invoice: Json, params: Json, confirmed: bool) -> None:
    if invoice["status"] == "open" and params.get("payment_behavior") == "default_incomplete":
        subscriptions.change(store, subscription, status="past_due")
        return
    if invoice["status"] != "open" or subscription["collection_method"] == "send_invoice":
        return
    refused = invoices.pay(store, invoice, confirmed=confirmed)
    if refused and params.get("payment_behavior") == "error_if_incomplete":
        raise refused
    if refused:
        subscriptions.change(store, subscription, status="past_due")
