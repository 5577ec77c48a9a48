"""Amounts as people read them."""

from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from apps.core.money import formatted, major, minor


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (125_000, "eur", "1,250.00 EUR"),
        (-99, "USD", "-0.99 USD"),
        (1_250, "jpy", "1,250 JPY"),
        (1_250, "KWD", "1.250 KWD"),
        (5, "", "0.05 EUR"),
    ],
)
def test_each_currency_has_its_own_digits(amount: int, currency: str, said: str) -> None:
    assert formatted(amount, currency) == said


def test_numbers_are_written_as_the_language_writes_them() -> None:
    with translation.override("de"):
        assert formatted(125_000, "eur") == "1.250,00 EUR"


@given(amount=st.integers(-(10**12), 10**12), currency=st.sampled_from(["eur", "jpy", "kwd"]))
def test_no_amount_is_lost_between_the_units(amount: int, currency: str) -> None:
    assert minor(major(amount, currency), currency) == amount
    assert isinstance(major(amount, currency), Decimal)
