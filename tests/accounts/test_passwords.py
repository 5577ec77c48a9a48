"""What a password may be, and how it is kept."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from config.settings import base
from tests.accounts.test_second_steps import is_in
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def refused(password: str, user: User | None = None) -> bool:
    try:
        validate_password(password, user)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize(
    "password",
    [
        "zebraonly",
        "ZEBRAONLY",
        "71927510",
        "%&/()=?!",
        "zebra in the rain",
        "Zebra bei Königsgrätz",
        "象が雨の中を歩く",
    ],
)
def test_any_characters_will_do(password: str) -> None:
    assert not refused(password)


@pytest.mark.parametrize("length", [64, 128, 1000])
def test_long_ones_are_taken(length: int) -> None:
    assert not refused(("zebra in the rain " * 60)[:length])


def test_every_character_counts_as_it_was_typed(client: Client, person: User, signed_in: Any) -> None:
    typed = "  Zebra in the Rain " + "and more of it " * 10
    answer = signed_in(person).post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": typed}
    )
    assert answer.status_code == 302

    for wrong in (typed.strip(), typed.lower(), typed[:-1], typed[:72]):
        client.post(reverse("account_login"), {"login": person.email, "password": wrong})
        assert not is_in(client)
    client.post(reverse("account_login"), {"login": person.email, "password": typed})
    assert is_in(client)


@pytest.mark.parametrize(
    "password", ["password", "qwertyuiop", "Password1", "iloveyou1", "1q2w3e4r5t", "sunshine1"]
)
def test_those_that_leaked_most_often_are_refused(password: str) -> None:
    assert refused(password)


@pytest.mark.parametrize(
    "password", ["mortise2026", "Mortise!Mortise!", "app.mortise.example", "2026-MORTISE"]
)
def test_our_own_name_is_refused(password: str, settings: Any) -> None:
    settings.PRODUCT_NAME, settings.PRODUCT_SLUG = "Mortise", "mortise"
    settings.BASE_URL = "https://app.mortise.example"

    assert refused(password)
    assert not refused("a mortise for the beam")


def test_what_resembles_the_person_is_refused(person: User) -> None:
    assert refused(person.email, person)


@pytest.mark.parametrize(
    ("page", "field", "autocomplete"),
    [
        ("account_login", "password", "current-password"),
        ("account_signup", "password1", "new-password"),
    ],
)
def test_it_is_typed_unseen_and_managers_fill_it_in(
    client: Client, page: str, field: str, autocomplete: str
) -> None:
    widget = client.get(reverse(page)).context["form"].fields[field].widget

    assert widget.input_type == "password"
    assert widget.attrs["autocomplete"] == autocomplete
    assert "onpaste" not in widget.attrs


def test_it_is_kept_by_argon2id(person: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    person.set_password(PASSWORD)

    assert person.password.startswith("argon2$argon2id$")
    assert person.check_password(PASSWORD)
