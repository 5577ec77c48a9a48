"""`{{ invoice.amount|money }}`."""

from django import template

from apps.core.money import formatted

register = template.Library()


@register.filter
def money(amount: int | None) -> str:
    """Write an amount in cents with its currency; nothing for None."""
    return "" if amount is None else formatted(amount)
