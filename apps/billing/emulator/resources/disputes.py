"""Payments that a customer's bank wants back."""

from apps.billing.emulator.engine.calendar import DAY
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import readable, route
from apps.billing.emulator.store import Json, Store

ANSWERED_WITHIN = 7 * DAY

readable("disputes", "dispute", "Dispute")


def begin(store: Store, charge: str, reason: str) -> Json:
    """What a bank does."""
    disputed = store.get("charge", charge)
    store.save(disputed | {"disputed": True})
    dispute = store.create(
        "dispute",
        "du",
        charge=charge,
        amount=disputed["amount"],
        currency=disputed["currency"],
        payment_intent=disputed["payment_intent"],
        reason=reason,
        status="needs_response",
        is_charge_refundable=False,
        evidence_details={
            "due_by": store.now + ANSWERED_WITHIN,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
    )
    publish(store, "charge.dispute.created", dispute)
    return dispute


@route("POST", "disputes/<identifier>/close", "DisputeCloseParams")
def close(store: Store, params: Json, identifier: str) -> Json:
    """Give it up: the money is lost."""
    before = store.get("dispute", identifier)
    dispute = before | {"status": "lost"}
    store.save(dispute)
    publish(store, "charge.dispute.closed", dispute, before)
    return dispute
