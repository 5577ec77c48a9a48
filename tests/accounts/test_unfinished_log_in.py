"""A log-in that is only half done ends with what ends the log-ins that are done."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from allauth.mfa.totp.internal import auth as totp
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from apps.accounts.adapter import AccountAdapter
from apps.accounts.models import User
from apps.accounts.services.sessions import other_sessions_end, person_shut_out
from tests.accounts.test_log_in import code_in
from tests.accounts.test_second_steps import code_of, give_code, give_password, is_in
from tests.accounts.tokens.conftest import App
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


def change_password(user: User) -> None:
    AccountAdapter().set_password(user, "another horse battery")


def log_out_everywhere(user: User) -> None:
    other_sessions_end(user=user, current_key="")


def switch_off(user: User) -> None:
    person_shut_out(user=user)


def switch_off_by_hand(user: User) -> None:
    User.objects.filter(id=user.id).update(is_active=False)


ends = pytest.mark.parametrize("end", [change_password, log_out_everywhere, switch_off, switch_off_by_hand])
End = Callable[[User], None]


@pytest.fixture
def key(person: User) -> str:
    """The key of `person`'s authenticator app."""
    secret: str = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    return secret


@ends
def test_a_password_given_before(end: End, person: User, key: str) -> None:
    visitor, _answer = give_password(person)
    end(person)

    answer = give_code(visitor, code_of(key))

    assert not is_in(visitor)
    assert answer.url == reverse("account_inactive" if "off" in end.__name__ else "account_login")
    assert not visitor.session.get("account_authentication_methods")


@ends
def test_a_code_mailed_before(end: End, person: User, mailoutbox: list[EmailMessage]) -> None:
    visitor = Client()
    asked = visitor.post(reverse("account_request_login_code"), {"email": person.email})
    end(person)

    visitor.post(asked.url, {"code": code_in(mailoutbox[0])})

    assert not is_in(visitor)


@ends
def test_a_password_given_to_an_app(end: End, person: User, key: str) -> None:
    app = App(person)
    begun = app.post("auth/login", email=person.email, password=PASSWORD)
    app.client.defaults["HTTP_X_SESSION_TOKEN"] = begun.json()["meta"]["session_token"]
    end(person)

    assert_refused(app.post("auth/2fa/authenticate", code=code_of(key)))


@ends
def test_a_code_mailed_for_an_app(end: End, person: User, mailoutbox: list[EmailMessage]) -> None:
    app = App(person)
    begun = app.post("auth/code/request", email=person.email)
    app.client.defaults["HTTP_X_SESSION_TOKEN"] = begun.json()["meta"]["session_token"]
    end(person)

    assert_refused(app.post("auth/code/confirm", code=code_in(mailoutbox[0])))


def assert_refused(answer: Any) -> None:
    assert answer.status_code == 401, answer.content
    assert "access_token" not in answer.json()["meta"]


def test_who_begins_anew_is_let_in(person: User, key: str) -> None:
    visitor, _answer = give_password(person)
    log_out_everywhere(person)
    assert b"Log in again" in visitor.get(give_code(visitor, code_of(key)).url).content

    visitor.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    with time_machine.travel(time.time() + 30):  # a code is good once
        give_code(visitor, code_of(key))

    assert is_in(visitor)
