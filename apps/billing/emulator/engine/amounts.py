"""Amounts: whole minor units of a currency, reckoned exactly and rounded once."""

from fractions import Fraction
from typing import Any

Json = dict[str, Any]


def rounded(amount: Fraction) -> int:
    """Halves go away from zero, so that a credit and its charge cancel each other."""
    whole = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return whole if amount >= 0 else -whole


def exact(price: Json, quantity: int, currency: str) -> Fraction:
    """What a period costs. Metered prices cost nothing in advance."""
    if is_metered(price):
        return Fraction(0)
    return unit(price, currency) * quantity


def unit(price: Json, currency: str) -> Fraction:
    """What one costs in a currency that the price has."""
    return Fraction(price["currency_options"][currency]["unit_amount_decimal"])


def is_metered(price: Json) -> bool:
    return bool(price["recurring"] and price["recurring"]["usage_type"] == "metered")


def prorated(amount: Fraction, start: int, end: int, moment: int) -> int:
    """The part of a period's amount that belongs to its time from `moment` on, to the second."""
    return rounded(amount * (end - moment) / (end - start))
