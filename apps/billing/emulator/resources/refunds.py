"""Charges, and money that goes back."""

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.params import absent
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import need, readable, route
from apps.billing.emulator.store import Json, Store

readable("charges", "charge", "Charge")
readable("payment_intents", "payment_intent", "PaymentIntent")
readable("refunds", "refund", "Refund")
readable("credit_notes", "credit_note", "CreditNote")


@route("POST", "refunds", "RefundCreateParams")
def create(store: Store, params: Json) -> Json:
    """Of a charge or of a payment intent, in whole or in part."""
    charge = _charge(store, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = params.get("amount", left)
    if left == 0:
        raise ApiError(
            400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if not 0 < amount <= left:
        raise ApiError(400, f"Refund amount ({amount}) must be from 1 to {left}.", param="amount")
    refund = store.create(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=charge["payment_intent"],
        reason=params.get("reason"),
        status="succeeded",
        metadata=params.get("metadata") or {},
    )
    before = dict(charge)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    store.save(charge)
    publish(store, "refund.created", refund)
    publish(store, "charge.refunded", charge, before)
    return refund


def _charge(store: Store, params: Json) -> Json:
    if "charge" in params:
        return store.get("charge", params["charge"])
    if "payment_intent" not in params:
        raise absent("payment_intent")
    intent = store.get("payment_intent", params["payment_intent"])
    return store.get("charge", intent["latest_charge"])


@route("POST", "credit_notes", "CreditNoteCreateParams")
def create_note(store: Store, params: Json) -> Json:
    """Less to pay on an open invoice; of a paid one, credit on the customer's balance."""
    invoice = store.get("invoice", params["invoice"])
    amount, is_open = need(params, "amount"), invoice["status"] == "open"
    most = invoice["amount_remaining"] if is_open else invoice["amount_paid"]
    if invoice["status"] not in ("open", "paid") or not 0 < amount <= most:
        raise ApiError(
            400, f"The amount must be from 1 to {most}, of an open or paid invoice.", param="amount"
        )
    if is_open:
        if amount == most:
            raise ApiError(400, "Void the invoice instead of crediting all of it.", param="amount")
        invoice["amount_due"] -= amount
        invoice["amount_remaining"] -= amount
    else:
        customer = store.get("customer", invoice["customer"])
        store.save(customer | {"balance": customer["balance"] - amount})
    kind = "pre_payment" if is_open else "post_payment"
    invoice[f"{kind}_credit_notes_amount"] += amount
    store.save(invoice)
    note = store.create(
        "credit_note",
        "cn",
        amount=amount,
        amount_shipping=0,
        currency=invoice["currency"],
        customer=invoice["customer"],
        invoice=invoice["id"],
        number=f"{invoice['number']}-CN",
        reason=params.get("reason"),
        memo=params.get("memo"),
        status="issued",
        type=kind,
        pre_payment_amount=amount if is_open else 0,
        post_payment_amount=0 if is_open else amount,
        discount_amount=0,
        discount_amounts=[],
        subtotal=amount,
        subtotal_excluding_tax=amount,
        total=amount,
        total_excluding_tax=amount,
        effective_at=store.now,
        refunds=[],
        pdf="",
        lines={"object": "list", "data": [], "has_more": False, "url": "/v1/credit_notes/lines"},
        metadata=params.get("metadata") or {},
    )
    publish(store, "credit_note.created", note)
    return note
