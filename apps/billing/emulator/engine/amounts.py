"""Amounts: whole minor units of a currency, reckoned exactly and rounded once."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

Json = dict[str, Any]

ZERO_DECIMAL = set("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())  # noqa: SIM905
THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
SYMBOLS = {"eur": "€", "gbp": "£", "jpy": "¥", "usd": "$"}


def major(amount: Decimal, currency: str) -> str:
    """Minor units in major ones for people, with parts of a minor one where there are some: 1,250.00, 0.005."""
    digits = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    shown = f"{amount.scaleb(-digits):,f}"
    whole, _, parts = shown.partition(".")
    parts = parts.rstrip("0").ljust(digits, "0")
    return f"{whole}.{parts}" if parts else whole


def every(price: Json, currency: str) -> str:
    """What one costs at each interval, as Stripe's invoices say it: “€12.00 / month”."""
    amount = Decimal(price["currency_options"][currency]["unit_amount_decimal"])
    symbol = SYMBOLS.get(currency, f"{currency.upper()} ")
    interval, count = price["recurring"]["interval"], price["recurring"]["interval_count"]
    return f"{symbol}{major(amount, currency)} / {interval if count == 1 else f'every {count} {interval}s'}"


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
