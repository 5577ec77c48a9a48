"""Subscriptions: how they begin, what follows from payments, and how they end."""

from typing import Any

from apps.billing.emulator.engine import discounts, entitlements, invoices, items, lines
from apps.billing.emulator.engine.calendar import DAY
from apps.billing.emulator.engine.moments import NOTICE, OVER
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import public, publish
from apps.billing.emulator.store import Json, Store

SETTINGS = ("default_payment_method", "description", "days_until_due", "trial_settings", "payment_settings")


def start(store: Store, params: Json, *, confirmed: bool = False) -> Json:
    """Begin a subscription and bill its first period. Raises ApiError, 402 with `error_if_incomplete`."""
    subscription = _blank(store, params)
    trial_end = _trial_end(store, params)
    if trial_end:
        subscription |= {"trial_start": store.now, "trial_end": trial_end, "billing_cycle_anchor": trial_end}
        subscription |= {"status": "trialing", "_told": trial_end - store.now <= NOTICE}
    found = [
        items.made(store, subscription, wanted, f"items[{number}]", store.now, trial_end or 0)
        for number, wanted in enumerate(params["items"])
    ]
    subscription["currency"] = params.get("currency") or found[0]["price"]["currency"]
    items.check(found, subscription["currency"])
    subscription["items"] = items.listed(found, subscription["id"])
    if coupons := discounts.wanted(store, params["customer"], params):
        discounts.redeem(store, subscription, coupons)
    about = lines.for_trial if trial_end else lines.for_period
    invoice = invoices.write(store, subscription, "subscription_create", about(store, subscription))
    store.save(subscription)
    publish(store, "customer.subscription.created", subscription)
    if trial_end:
        if subscription["_told"]:
            publish(store, "customer.subscription.trial_will_end", subscription)
    else:
        _first_payment(store, subscription, invoice, params, confirmed)
    _schedule_end(store, subscription, params)
    entitlements.tell(store, subscription["customer"])
    return subscription


def _blank(store: Store, params: Json) -> Json:
    customer = store.get("customer", params["customer"])
    settings = {name: params.get(name) for name in SETTINGS}
    settings["trial_settings"] = params.get("trial_settings") or {
        "end_behavior": {"missing_payment_method": "create_invoice"}
    }
    return store.create(
        "subscription",
        "sub",
        customer=customer["id"],
        status="incomplete",
        start_date=store.now,
        billing_cycle_anchor=store.now,
        billing_mode={"type": "classic"},
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        cancel_at=None,
        cancel_at_period_end=False,
        canceled_at=None,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        ended_at=None,
        trial_start=None,
        trial_end=None,
        collection_method=params.get("collection_method", "charge_automatically"),
        latest_invoice=None,
        metadata=params.get("metadata") or {},
        discounts=[],
        schedule=None,
        pause_collection=None,
        **settings,
        _told=False,
    )


def _trial_end(store: Store, params: Json) -> int | None:
    end = params.get("trial_end")
    if end == "now" or not (end or params.get("trial_period_days")):
        return None
    end = end or store.now + params["trial_period_days"] * DAY
    if end <= store.now:
        raise ApiError(400, "The trial's end must be in the future.", param="trial_end")
    return int(end)


def _first_payment(store: Store, subscription: Json, invoice: Json, params: Json, confirmed: bool) -> None:
    behaviour = params.get("payment_behavior", "allow_incomplete")
    if invoice["status"] == "paid" or subscription["collection_method"] == "send_invoice":
        change(store, subscription, status="active")
        return
    if behaviour == "default_incomplete":
        return
    refused = invoices.pay(store, invoice, confirmed=confirmed)
    if refused is None:
        change(store, subscription, status="active")
    elif behaviour == "error_if_incomplete" or refused.status == 400:
        raise refused


def _schedule_end(store: Store, subscription: Json, params: Json) -> None:
    if "cancel_at_period_end" in params or "cancel_at" in params:
        plan_end(store, subscription, params)
        store.save(subscription)


def plan_end(store: Store, subscription: Json, params: Json) -> None:
    """Set or take back when it ends."""
    last = subscription["items"]["data"][0]["current_period_end"]
    if "cancel_at" in params:
        wanted = params["cancel_at"]
        subscription["cancel_at"] = last if isinstance(wanted, str) else wanted
        subscription["cancel_at_period_end"] = False
    else:
        subscription["cancel_at_period_end"] = params["cancel_at_period_end"]
        subscription["cancel_at"] = last if params["cancel_at_period_end"] else None
    if (end := subscription["cancel_at"]) and end <= store.now:
        raise ApiError(400, "`cancel_at` must be in the future.", param="cancel_at")
    subscription["canceled_at"] = store.now if subscription["cancel_at"] else None
    subscription["cancellation_details"]["reason"] = (
        "cancellation_requested" if subscription["cancel_at"] else None
    )


def change(store: Store, subscription: Json, **fields: Any) -> None:
    """Change a subscription, and tell of it if it is not as before."""
    before = store.get("subscription", subscription["id"])
    subscription |= fields
    for item in subscription["items"]["data"]:
        store.save(item)
    store.save(subscription)
    if public(before) != public(subscription):
        publish(store, "customer.subscription.updated", subscription, before)
        entitlements.tell(store, subscription["customer"])


def after_payment(store: Store, invoice: Json) -> None:
    """An invoice was paid, voided or given up: its subscription recovers if it was the latest."""
    subscription = of_invoice(store, invoice)
    if subscription is None or subscription["latest_invoice"] != invoice["id"] or invoice["status"] == "open":
        return
    if subscription["status"] == "incomplete" and invoice["status"] != "paid":
        expire(store, subscription)
    elif subscription["status"] in ("incomplete", "past_due", "unpaid"):
        change(store, subscription, status="active")


def after_refusal(store: Store, invoice: Json) -> None:
    """An attempt failed: a renewal is past due, and after the last attempt comes what is set."""
    subscription = of_invoice(store, invoice)
    if subscription is None or subscription["status"] in ("incomplete", *OVER):
        return
    if invoice["next_payment_attempt"]:
        change(store, subscription, status="past_due")
    elif store.after_retries == "cancel":
        end(store, subscription, "payment_failed")
    else:
        change(store, subscription, status=store.after_retries)


def name_of(invoice: Json) -> str | None:
    """The subscription that an invoice is about."""
    return invoice["parent"]["subscription_details"]["subscription"] if invoice["parent"] else None


def of_invoice(store: Store, invoice: Json) -> Json | None:
    return store.get("subscription", name) if (name := name_of(invoice)) else None


def expire(store: Store, subscription: Json) -> None:
    """Nobody paid the first invoice in time."""
    invoice = store.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.close(store, invoice, "void")
    change(store, subscription, status="incomplete_expired", ended_at=store.now)


def end(store: Store, subscription: Json, reason: str | None = None) -> None:
    """It is over now. Invoices stay as they are, but are tried no more."""
    subscription |= {"status": "canceled", "ended_at": store.now, "cancel_at_period_end": False}
    subscription["canceled_at"] = subscription["canceled_at"] or store.now
    if reason:
        subscription["cancellation_details"]["reason"] = reason
    store.save(subscription)
    for invoice in store.where("invoice", customer=subscription["customer"], status="open"):
        if name_of(invoice) == subscription["id"]:
            store.save(invoice | {"next_payment_attempt": None, "auto_advance": False})
    publish(store, "customer.subscription.deleted", subscription)
    entitlements.tell(store, subscription["customer"])
