"""What an invoice adds up to."""

from apps.billing.emulator.engine.discounts import take_off
from apps.billing.emulator.store import Json, Store


def add_up(store: Store, invoice: Json) -> None:
    """Set an invoice's sums from its lines and its discounts."""
    take_off(store, invoice)
    lines = invoice["lines"]["data"]
    parts = [part for line in lines for part in line["discount_amounts"]]
    off = {
        name: sum(part["amount"] for part in parts if part["discount"] == name)
        for name in invoice["discounts"]
    }
    subtotal = sum(line["amount"] for line in lines)
    total = subtotal - sum(off.values())
    due = max(0, total)
    invoice |= {"subtotal": subtotal, "total": total, "amount_due": due, "amount_remaining": due}
    invoice |= {"subtotal_excluding_tax": subtotal, "total_excluding_tax": total}
    invoice["total_discount_amounts"] = [{"amount": amount, "discount": name} for name, amount in off.items()]
