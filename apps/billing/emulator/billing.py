"""What Stripe does with money: subscriptions, their invoices and payments, and time that passes."""

from calendar import monthrange
from datetime import UTC, datetime
from typing import Any

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish, shown
from apps.billing.emulator.store import Json, Store

CARDS = {
    "4242424242424242": "good",
    "4000000000000002": "declined",
    "4000002500003155": "authentication",
    "4000000000003220": "authentication",
    "4000000000000341": "fails_later",
}
RETRY_AFTER = 3 * 24 * 60 * 60
RETRIES = 3
OVER = ("canceled", "incomplete_expired")


def months_after(anchor: int, months: int) -> int:
    """The same day and time `months` later, or that month's last day: 31 January leads to 28 February."""
    start = datetime.fromtimestamp(anchor, UTC)
    year, month = divmod(start.month - 1 + months, 12)
    day = min(start.day, monthrange(start.year + year, month + 1)[1])
    return int(start.replace(year=start.year + year, month=month + 1, day=day).timestamp())


def item_of(store: Store, price: Json, quantity: int, start: int, subscription: str) -> Json:
    recurring = price["recurring"]
    if recurring is None:
        raise ApiError(400, "The price specified is set to `type=one_time`.", param="items[0][price]")
    return store.create(
        "subscription_item",
        "si",
        price=price,
        quantity=quantity,
        metadata={},
        discounts=[],
        tax_rates=[],
        billing_thresholds=None,
        subscription=subscription,
        current_period_start=start,
        current_period_end=_end_of_period(price, start, 1),
    )


def _end_of_period(price: Json, anchor: int, periods: int) -> int:
    length = {"month": 1, "year": 12}.get(price["recurring"]["interval"])
    if length is None:
        raise ApiError(400, "The emulator knows prices by the month and by the year.", param="recurring")
    return months_after(anchor, periods * length * price["recurring"]["interval_count"])


def bill(store: Store, subscription: Json, reason: str) -> Json:
    """Write the invoice of the period that begins, and try to have it paid."""
    lines = [
        {
            "id": f"il_{item['id'][3:]}",
            "object": "line_item",
            "amount": item["quantity"] * (item["price"]["unit_amount"] or 0),
            "currency": item["price"]["currency"],
            "quantity": item["quantity"],
            "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        }
        for item in subscription["items"]["data"]
    ]
    total = sum(line["amount"] for line in lines)
    invoice = store.create(
        "invoice",
        "in",
        customer=subscription["customer"],
        currency=subscription["currency"],
        status="open",
        billing_reason=reason,
        subtotal=total,
        total=total,
        amount_due=total,
        amount_paid=0,
        amount_remaining=total,
        attempt_count=0,
        attempted=False,
        next_payment_attempt=None,
        number=f"TEST-{len(store.all('invoice')) + 1:04}",
        hosted_invoice_url=None,
        invoice_pdf=None,
        collection_method="charge_automatically",
        metadata={},
        period_start=store.now,
        period_end=store.now,
        lines={"object": "list", "data": lines, "has_more": False, "url": "/v1/invoices/lines"},
        parent={
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {"subscription": subscription["id"], "metadata": {}},
        },
    )
    subscription["latest_invoice"] = invoice["id"]
    for kind in ("invoice.created", "invoice.finalized"):
        publish(store, kind, invoice)
    return invoice


def pay(store: Store, invoice: Json, card: Json | None) -> bool:
    """Charge the card once. A refusal is kept on the invoice, and the next attempt is planned."""
    invoice["attempted"], invoice["attempt_count"] = True, invoice["attempt_count"] + 1
    paid = invoice["total"] == 0 or (card is not None and card["_behaviour"] in ("good", "authenticated"))
    if paid:
        invoice |= {"status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0}
        invoice["next_payment_attempt"] = None
    elif invoice["billing_reason"] == "subscription_cycle" and invoice["attempt_count"] <= RETRIES:
        invoice["next_payment_attempt"] = store.now + RETRY_AFTER
    else:
        invoice["next_payment_attempt"] = None
    store.save(invoice)
    publish(store, "invoice.paid" if paid else "invoice.payment_failed", invoice)
    return paid


def change(store: Store, subscription: Json, **fields: Any) -> None:
    """Change a subscription, and tell of it if it is not as before."""
    before = store.get("subscription", subscription["id"])
    subscription |= fields
    store.save(subscription)
    if shown(before) != shown(subscription):
        publish(store, "customer.subscription.updated", subscription, before)


def end(store: Store, subscription: Json) -> None:
    subscription |= {"status": "canceled", "ended_at": store.now}
    subscription["canceled_at"] = subscription["canceled_at"] or store.now
    store.save(subscription)
    for invoice in store.all("invoice"):
        if invoice["status"] == "open" and invoice["id"] == subscription["latest_invoice"]:
            store.save(invoice | {"next_payment_attempt": None})
    publish(store, "customer.subscription.deleted", subscription)


def card_of(store: Store, subscription: Json) -> Json | None:
    customer = store.get("customer", subscription["customer"])
    chosen = subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]
    return store.get("payment_method", chosen) if chosen else None


def advance(store: Store, until: int) -> None:
    """Let time pass up to `until`, and do what falls due on the way, each in its turn."""
    while due := min(_due(store), default=None):
        moment, kind, identifier = due
        if moment > until:
            break
        store.now = max(moment, store.now)
        if kind == "invoice":
            _try_again(store, store.get("invoice", identifier))
        else:
            _next_period(store, store.get("subscription", identifier))
    store.now = until


def _due(store: Store) -> list[tuple[int, str, str]]:
    retries = [
        (invoice["next_payment_attempt"], "invoice", invoice["id"])
        for invoice in store.all("invoice")
        if invoice["next_payment_attempt"]
    ]
    return retries + [
        (item["current_period_end"], "subscription", subscription["id"])
        for subscription in store.all("subscription")
        if subscription["status"] in ("active", "past_due")
        for item in subscription["items"]["data"][:1]
    ]


def _next_period(store: Store, subscription: Json) -> None:
    if subscription["cancel_at_period_end"]:
        end(store, subscription)
        return
    anchor = subscription["billing_cycle_anchor"]
    for item in subscription["items"]["data"]:
        item["current_period_start"], periods = item["current_period_end"], 1
        while (following := _end_of_period(item["price"], anchor, periods)) <= item["current_period_start"]:
            periods += 1
        item["current_period_end"] = following
        store.save(item)
    invoice = bill(store, subscription, "subscription_cycle")
    paid = pay(store, invoice, card_of(store, subscription))
    change(store, subscription, status=subscription["status"] if paid else "past_due")


def _try_again(store: Store, invoice: Json) -> None:
    subscription = store.get("subscription", invoice["parent"]["subscription_details"]["subscription"])
    if pay(store, invoice, card_of(store, subscription)):
        change(store, subscription, status="active")
    elif invoice["next_payment_attempt"] is None:
        end(store, subscription)
