"""Amounts of money: whole numbers of the smallest unit (cents), in the one currency of `settings.CURRENCY`.

Row security keeps `numeric` columns from using their indexes, and floats lose cents; integers do neither.
"""

from decimal import Decimal

from django.conf import settings
from django.utils.formats import number_format

DIGITS = 2  # after the decimal sign; change it for a currency without cents


def major(amount: int) -> Decimal:
    """Return 12.50 for 1250."""
    return Decimal(amount).scaleb(-DIGITS)


def minor(amount: Decimal) -> int:
    """Return 1250 for 12.50."""
    return int(amount.scaleb(DIGITS))


def formatted(amount: int) -> str:
    """Return “1,250.00 EUR”, as the language in use writes numbers."""
    number = number_format(major(amount), decimal_pos=DIGITS, use_l10n=True, force_grouping=True)
    return f"{number} {settings.CURRENCY}"
