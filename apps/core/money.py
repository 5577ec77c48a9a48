"""Amounts of money: whole numbers of a currency's smallest unit (cents, yen), by default of `settings.CURRENCY`.

Row security keeps `numeric` columns from using their indexes, and floats lose cents; integers do neither.
"""

from decimal import Decimal

from django.conf import settings
from django.utils.formats import number_format

#: Currencies without a smaller unit, and those with a thousandth; all others have hundredths.
WHOLE = set("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())  # noqa: SIM905
THOUSANDTHS = {"BHD", "JOD", "KWD", "OMR", "TND"}


def digits(currency: str = "") -> int:
    """Return how many digits a currency has after the decimal sign."""
    code = (currency or settings.CURRENCY).upper()
    return 0 if code in WHOLE else 3 if code in THOUSANDTHS else 2


def major(amount: int, currency: str = "") -> Decimal:
    """Return 12.50 for 1250."""
    return Decimal(amount).scaleb(-digits(currency))


def minor(amount: Decimal, currency: str = "") -> int:
    """Return 1250 for 12.50."""
    return int(amount.scaleb(digits(currency)))


def formatted(amount: int, currency: str = "") -> str:
    """Return “1,250.00 EUR”, as the language in use writes numbers."""
    number = number_format(
        major(amount, currency), decimal_pos=digits(currency), use_l10n=True, force_grouping=True
    )
    return f"{number} {(currency or settings.CURRENCY).upper()}"
