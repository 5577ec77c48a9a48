"""Invoices: written, finalized, paid, tried again."""

from typing import Any

from apps.billing.emulator.engine import discounts
from apps.billing.emulator.engine.calendar import DAY
from apps.billing.emulator.engine.cards import LATER, card_of, refusal
from apps.billing.emulator.engine.totals import add_up
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.store import Json, Store

RETRY_AFTER = 3 * DAY
RETRIES = 3
DEBIT_TAKES = 4 * DAY


def write(store: Store, subscription: Json, reason: str, lines: list[Json]) -> Json:
    """An open invoice of these lines and of what waited for the next one. Nobody has paid it yet."""
    invoice = draft(store, subscription, reason, lines)
    publish(store, "invoice.created", invoice)
    pause = subscription["pause_collection"] if reason == "subscription_cycle" else None
    if subscription["status"] == "unpaid" or (pause and pause["behavior"] == "keep_as_draft"):
        return invoice
    finalize(store, invoice)
    if pause:
        close(store, invoice, "void" if pause["behavior"] == "void" else "uncollectible")
    return invoice


def draft(store: Store, subscription: Json, reason: str, lines: list[Json]) -> Json:
    discounts.forget_ended(store, subscription)
    invoice = _blank(store, subscription["customer"], subscription["currency"])
    first = subscription["items"]["data"][0]
    invoice |= {
        "billing_reason": reason,
        "collection_method": subscription["collection_method"],
        "default_payment_method": subscription["default_payment_method"],
        "discounts": list(subscription["discounts"]),
        "period_start": first["_last_start"] if reason == "subscription_cycle" else store.now,
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "subscription": subscription["id"],
                "metadata": subscription["metadata"],
                "subscription_proration_date": None,
            },
        },
    }
    subscription["latest_invoice"] = invoice["id"]
    _filled(store, invoice, lines + _waiting(store, invoice, subscription["id"]))
    _note_shares(subscription, invoice)
    discounts.use_up(store, subscription, invoice)
    return invoice


def _note_shares(subscription: Json, invoice: Json) -> None:
    """Remember what share of each item's price is paid, for credits."""
    known = {item["id"]: item for item in subscription["items"]["data"]}
    for line in invoice["lines"]["data"]:
        about = line["parent"]["subscription_item_details"]
        if about and line["discountable"] and line["amount"] > 0 and about["subscription_item"] in known:
            off = sum(part["amount"] for part in line["discount_amounts"])
            known[about["subscription_item"]]["_share"] = f"{line['amount'] - off}/{line['amount']}"


def collect(store: Store, customer: str, currency: str) -> Json:
    """A draft of what waits for a customer, whatever it is about."""
    invoice = _blank(store, customer, currency)
    return _filled(store, invoice, _waiting(store, invoice, None))


def _blank(store: Store, customer: str, currency: str) -> Json:
    buyer = store.get("customer", customer)
    return store.create(
        "invoice",
        "in",
        customer=customer,
        customer_email=buyer["email"],
        customer_name=buyer["name"],
        currency=currency,
        status="draft",
        auto_advance=True,
        billing_reason="manual",
        collection_method="charge_automatically",
        default_payment_method=None,
        discounts=[],
        period_start=store.now,
        period_end=store.now,
        starting_balance=0,
        ending_balance=None,
        amount_paid=0,
        amount_shipping=0,
        issuer={"type": "self"},
        pre_payment_credit_notes_amount=0,
        post_payment_credit_notes_amount=0,
        amount_overpaid=0,
        attempt_count=0,
        attempted=False,
        next_payment_attempt=None,
        _debited_at=None,
        number=None,
        hosted_invoice_url=None,
        invoice_pdf=None,
        due_date=None,
        metadata={},
        parent=None,
        status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
    )


def _waiting(store: Store, invoice: Json, subscription: str | None) -> list[Json]:
    """Take what waited for an invoice, the oldest first."""
    lines = []
    for item in reversed(store.where("invoiceitem", customer=invoice["customer"], invoice=None)):
        about = item["parent"]["subscription_details"]["subscription"] if item["parent"] else None
        if about not in (subscription, None):
            continue
        store.save(item | {"invoice": invoice["id"]})
        lines.append(item["_line"] | {"_item": item["id"]})
    return lines


def _filled(store: Store, invoice: Json, lines: list[Json]) -> Json:
    url = f"/v1/invoices/{invoice['id']}/lines"
    data = [line | {"invoice": invoice["id"]} for line in lines]
    invoice["lines"] = {"object": "list", "data": data, "has_more": False, "url": url}
    add_up(store, invoice)
    store.save(invoice)
    return invoice


def finalize(store: Store, invoice: Json) -> None:
    """Give it a number, and use the customer's balance; a negative total is added to it."""
    buyer = store.get("customer", invoice["customer"])
    total, balance = invoice["total"], buyer["balance"]
    used = total if total < 0 else max(balance, -total) if balance < 0 else balance
    left = balance + total if total < 0 else balance - used
    due = 0 if total < 0 else total + used
    invoice |= {"starting_balance": balance, "ending_balance": left, "amount_due": due}
    invoice |= {"amount_remaining": due, "status": "open", "number": f"TEST-{store.counted('invoices'):04}"}
    invoice["hosted_invoice_url"] = f"{store.url}/invoice/{invoice['id']}"
    invoice["status_transitions"]["finalized_at"] = invoice["effective_at"] = store.now
    if invoice["collection_method"] == "send_invoice":
        invoice["due_date"] = store.now + 30 * DAY
    store.save(invoice)
    if left != balance:
        store.save(buyer | {"balance": left})
        publish(store, "customer.updated", buyer | {"balance": left}, buyer)
    publish(store, "invoice.finalized", invoice)
    if due == 0:
        settle(store, invoice, None)


def pay(
    store: Store, invoice: Json, card: Json | None = None, *, confirmed: bool = False, planned: bool = True
) -> ApiError | None:
    """Charge the card, or that of the subscription, once. Returns what the bank said against it.

    A debit leaves it open for some days. After a `planned` attempt comes the next one, unless this was the last.
    """
    if store.previewing or invoice["status"] != "open":
        return None
    card = card or card_of(store, invoice)
    invoice["attempted"], invoice["attempt_count"] = True, invoice["attempt_count"] + 1
    refused = refusal(card, confirmed=confirmed)
    if card and card["_behaviour"] in LATER:
        invoice |= {"_debited_at": store.now + DEBIT_TAKES, "next_payment_attempt": None}
        store.save(invoice)
        return None
    _note_charge(store, invoice, card, refused)
    if refused is None:
        settle(store, invoice, card)
        return None
    if planned:
        again = invoice["billing_reason"] != "subscription_create" and invoice["attempt_count"] <= RETRIES
        invoice["next_payment_attempt"] = store.now + RETRY_AFTER if again else None
    store.save(invoice)
    _mark_delinquent(store, invoice, True)
    publish(store, "invoice.payment_failed", invoice)
    if refused.body["error"].get("code") == "authentication_required":
        publish(store, "invoice.payment_action_required", invoice)
    return refused


def debit(store: Store, invoice: Json) -> bool:
    """A bank answers to a debit at last; tells whether it was paid."""
    invoice["_debited_at"] = None
    card = card_of(store, invoice)
    if card and LATER.get(card["_behaviour"]):
        _note_charge(store, invoice, card, None)
        settle(store, invoice, card)
        return True
    store.save(invoice)
    _mark_delinquent(store, invoice, True)
    publish(store, "invoice.payment_failed", invoice)
    return False


def settle(store: Store, invoice: Json, card: Json | None) -> None:
    """It is paid: by a card, by the customer's balance, or because it asks for nothing."""
    invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0}
    invoice |= {"next_payment_attempt": None, "attempted": True}
    invoice["status_transitions"]["paid_at"] = store.now
    store.save(invoice)
    if card:
        _mark_delinquent(store, invoice, False)
    for kind in ("invoice.paid", "invoice.payment_succeeded"):
        publish(store, kind, invoice)


def close(store: Store, invoice: Json, status: str) -> None:
    """End an open invoice unpaid: `void` or `uncollectible`."""
    names = {"void": "voided", "uncollectible": "marked_uncollectible"}
    invoice |= {"status": status, "next_payment_attempt": None}
    invoice["status_transitions"][f"{names[status]}_at"] = store.now
    store.save(invoice)
    publish(store, f"invoice.{names[status]}", invoice)


def _mark_delinquent(store: Store, invoice: Json, is_late: bool) -> None:
    buyer = store.get("customer", invoice["customer"])
    if buyer["delinquent"] != is_late:
        store.save(buyer | {"delinquent": is_late})
        publish(store, "customer.updated", buyer | {"delinquent": is_late}, buyer)


def _note_charge(store: Store, invoice: Json, card: Json | None, refused: ApiError | None) -> None:
    """The payment intent, the charge and the link between them and the invoice."""
    if card is None:
        return
    error: dict[str, Any] = refused.body["error"] if refused else {}
    common = {"amount": invoice["amount_due"], "currency": invoice["currency"], "metadata": {}}
    common |= {"customer": invoice["customer"], "payment_method": card["id"], "description": None}
    status = "succeeded" if refused is None else "requires_payment_method"
    if error.get("code") == "authentication_required":
        status = "requires_action"
    intent = store.create("payment_intent", "pi", **common, status=status, latest_charge=None)
    intent |= {"amount_capturable": 0, "amount_received": 0 if refused else invoice["amount_due"]}
    intent |= {"client_secret": f"{intent['id']}_secret", "last_payment_error": error or None}
    intent |= {
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "payment_method_types": ["card"],
    }
    charge = store.create(
        "charge",
        "ch",
        **common,
        status="failed" if refused else "succeeded",
        paid=refused is None,
        captured=refused is None,
        refunded=False,
        disputed=False,
        amount_captured=0 if refused else invoice["amount_due"],
        amount_refunded=0,
        payment_intent=intent["id"],
        failure_code=error.get("code"),
        failure_message=error.get("message"),
        billing_details=card["billing_details"],
    )
    store.save(intent | {"latest_charge": charge["id"]})
    if refused is None:
        store.create(
            "invoice_payment",
            "inpay",
            invoice=invoice["id"],
            amount_paid=invoice["amount_due"],
            amount_requested=invoice["amount_due"],
            currency=invoice["currency"],
            is_default=True,
            status="paid",
            payment={"type": "payment_intent", "payment_intent": intent["id"]},
            status_transitions={"canceled_at": None, "paid_at": store.now},
        )
