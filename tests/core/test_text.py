"""Names that people type."""

import pytest

from apps.core.errors import Invalid
from apps.core.text import clean_name, has_invisible


def cleaned(text: str) -> str:
    return clean_name(text, longest=10, empty="Say a name.")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  Ana   Ruiz ", "Ana Ruiz"),
        ("Ana\nRuiz\t", "Ana Ruiz"),
        ("Jose\u0301", "José"),
        ("李伟", "李伟"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner that Persian needs
        ("👩\u200d💻 Ada", "👩\u200d💻 Ada"),
        ("O'Neill-Ü", "O'Neill-Ü"),
    ],
)
def test_what_people_are_called_stays(given: str, kept: str) -> None:
    assert cleaned(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "",
        "  ",
        "x" * 11,
        "Ana\x00",
        "Ana\u200b",  # zero width space
        "\u202eanA",  # turns the direction
        "A\u2066na",
        "\ufeffAna",
        "A\u00adna",  # soft hyphen
        "\u3164",  # a letter that shows nothing
        "A\u200dna",  # a joiner between Latin letters
        "Ana\u200d",
        "\u2800",
        "A\ue000",  # private use
    ],
)
def test_what_nobody_sees_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        cleaned(given)
    assert list(refused.value.fields) == ["name"]


def test_it_names_the_field() -> None:
    with pytest.raises(Invalid) as refused:
        clean_name("", longest=10, empty="Say a title.", field="title")
    assert refused.value.fields == {"title": ["Say a title."]}


def test_a_plain_text_has_nothing_invisible() -> None:
    assert not has_invisible("Ana Ruiz")
