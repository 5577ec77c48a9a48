"""What happens as time passes: trials end, periods begin, payments are tried again."""

from collections.abc import Callable

from apps.billing.emulator.engine import cards, invoices, lines, subscriptions
from apps.billing.emulator.engine.calendar import period_end
from apps.billing.emulator.engine.moments import next_moment
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.store import Json, Store


def advance(store: Store, until: int) -> None:
    """Let time pass up to `until`, and do what falls due on the way, each in its turn."""
    while thing := store.next_due(until):
        moment, what = next_moment(thing) or (until, "nothing")
        store.now = max(moment, store.now)
        DUTIES[what](store, thing)
    store.now = until


def begin_now(store: Store, subscription: Json, reason: str) -> Json:
    """Begin a period that is counted from now, and write its invoice."""
    subscription |= {"billing_cycle_anchor": store.now, "_told": False}
    if subscription["status"] == "trialing":
        subscription |= {"status": "active", "trial_end": store.now}
    for item in subscription["items"]["data"]:
        # Of what was added with this change, nothing can have been used before.
        item["_last_start"] = max(item["current_period_start"], item["created"])
        item["current_period_start"] = store.now
        item["current_period_end"] = period_end(store.now, store.now, item["price"]["recurring"])
    return invoices.write(store, subscription, reason, lines.for_period(store, subscription))


def renew(store: Store, subscription: Json) -> Json:
    """Begin the next period and write its invoice, or end what was to end here."""
    for item in subscription["items"]["data"]:
        item["_last_start"] = item["current_period_start"]
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = period_end(
            subscription["billing_cycle_anchor"], item["current_period_start"], item["price"]["recurring"]
        )
    invoice = invoices.write(store, subscription, "subscription_cycle", lines.for_period(store, subscription))
    subscriptions.change(store, subscription)
    return invoice


def _renew_and_pay(store: Store, subscription: Json) -> None:
    _charge(store, renew(store, subscription))


def _cancel(store: Store, subscription: Json) -> None:
    """End it, and have what was used paid."""
    for item in subscription["items"]["data"]:
        item["_last_start"], item["current_period_start"] = item["current_period_start"], store.now
    used = lines.for_usage(store, subscription)
    if any(line["amount"] for line in used):
        _charge(store, invoices.write(store, subscription, "subscription_cycle", used))
    for item in subscription["items"]["data"]:
        item["current_period_start"] = item["_last_start"]
    subscriptions.end(store, subscription)


def _charge(store: Store, invoice: Json) -> None:
    if invoice["status"] != "open" or invoice["collection_method"] == "send_invoice":
        return
    if invoices.pay(store, invoice):
        subscriptions.after_refusal(store, invoice)
    else:
        subscriptions.after_payment(store, invoice)


def _end_trial(store: Store, subscription: Json) -> None:
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if missing != "create_invoice" and cards.card_of(store, subscription) is None:
        if missing == "cancel":
            subscriptions.end(store, subscription)
        else:
            subscriptions.change(store, subscription, status="paused")
            publish(store, "customer.subscription.paused", subscription)
        return
    subscription["status"] = "active"
    _renew_and_pay(store, subscription)


def _tell_of_trial_end(store: Store, subscription: Json) -> None:
    store.save(subscription | {"_told": True})
    publish(store, "customer.subscription.trial_will_end", subscription)


def _tell_of_renewal(store: Store, subscription: Json) -> None:
    end = subscription["items"]["data"][0]["current_period_end"]
    store.save(subscription | {"_told": end})
    with store.undone() as undo:
        store.now = end
        undo.kept = renew(store, store.get("subscription", subscription["id"]))
    publish(store, "invoice.upcoming", as_preview(undo.kept))


def as_preview(invoice: Json) -> Json:
    """An invoice that is not there yet, as Stripe shows it."""
    unsure = {"number": None, "hosted_invoice_url": None, "attempted": False, "amount_paid": 0}
    preview = invoice | unsure | {"id": f"upcoming_{invoice['id']}", "status": "draft"}
    return preview | {"amount_remaining": invoice["amount_due"], "ending_balance": None}


def _resume_collection(store: Store, subscription: Json) -> None:
    subscriptions.change(store, subscription, pause_collection=None)


def _debit(store: Store, invoice: Json) -> None:
    """Days after it was asked, a bank pays or not."""
    is_paid = invoices.debit(store, invoice)
    if is_paid:
        subscriptions.after_payment(store, invoice)
    elif subscription := subscriptions.of_invoice(store, invoice):
        subscriptions.change(store, subscription, status="past_due")
    for session in store.where("checkout.session", invoice=invoice["id"]):
        session["payment_status"] = "paid" if is_paid else "unpaid"
        store.save(session)
        publish(store, f"checkout.session.async_payment_{'succeeded' if is_paid else 'failed'}", session)


def _expire_session(store: Store, session: Json) -> None:
    session |= {"status": "expired", "url": None}
    store.save(session)
    publish(store, "checkout.session.expired", session)


DUTIES: dict[str, Callable[[Store, Json], None]] = {
    "cancel": _cancel,
    "debit": _debit,
    "expire": subscriptions.expire,
    "expire_session": _expire_session,
    "invoice_upcoming": _tell_of_renewal,
    "renew": _renew_and_pay,
    "resume_collection": _resume_collection,
    "retry": _charge,
    "trial_end": _end_trial,
    "trial_will_end": _tell_of_trial_end,
}
