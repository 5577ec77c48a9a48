"""What an invoice adds up to."""

from apps.billing.emulator.store import Json, Store


def add_up(store: Store, invoice: Json) -> None:
    """Set an invoice's sums from its lines."""
    subtotal = sum(line["amount"] for line in invoice["lines"]["data"])
    due = max(0, subtotal)
    invoice |= {"subtotal": subtotal, "total": subtotal, "amount_due": due, "amount_remaining": due}
    invoice |= {"subtotal_excluding_tax": subtotal, "total_excluding_tax": subtotal}
