"""Logging in while Valkey is away: passwords go on, counted by each process; codes wait, for none may work twice."""

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as NoConnection

from apps.accounts.models import User
from tests.accounts.test_second_steps import code_of, give_password, is_in, turn_on
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Have Valkey go away: `away()`."""

    def refuse(*_arguments: Any, **_details: Any) -> None:
        raise NoConnection("connection refused")

    def go() -> None:
        for name in ("add", "get", "set", "incr", "touch", "delete", "get_many", "set_many", "has_key"):
            monkeypatch.setattr(f"django.core.cache.backends.redis.RedisCacheClient.{name}", refuse)
        caches["limits"].own.clear()

    return go


def test_a_password_lets_in_and_guessing_is_limited(person: User, away: Any) -> None:
    away()
    visitor, _answer = give_password(person)
    assert is_in(visitor)
    guesser = Client()
    for _guess in range(5):
        guesser.post(reverse("account_login"), {"login": person.email, "password": "wrong"})
    guesser.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert not is_in(guesser)


def test_a_code_gets_a_page_that_says_to_wait(person: User, signed_in: Any, away: Any) -> None:
    key = turn_on(signed_in(person))
    visitor, _answer = give_password(person)
    away()
    visitor.raise_request_exception = False
    answer = visitor.post(reverse("mfa_authenticate"), {"code": code_of(key)})
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert not is_in(visitor)
