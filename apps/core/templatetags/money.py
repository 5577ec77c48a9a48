"""`{{ signal.amount|money }}`, `{{ invoice.total|money:invoice.currency }}`."""

from django import template

from apps.core.money import formatted

register = template.Library()


@register.filter
def money(amount: int | None, currency: str = "") -> str:
    """Write an amount in the smallest unit with its currency; nothing for None."""
    return "" if amount is None else formatted(amount, currency)
