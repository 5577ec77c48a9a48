"""Guessing at every door at once: the attack cases 20 and 21 of the threat model."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock
from tests.accounts.test_second_steps import code_of, give_code, give_password, is_in, turn_on
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(act: Callable[[int], None], *, times: int) -> None:
    def apart(number: int) -> None:
        try:
            act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(apart, range(times)))


def test_20_parallel_guesses_get_five_checks_whatever_their_header_says(
    person: User, acts: Callable[[], list[Any]]
) -> None:
    def guess(number: int) -> None:
        client = Client(headers={"X-Forwarded-For": f"203.0.113.{number}"})
        client.post(reverse("account_login"), {"login": person.email, "password": "wrong"})

    at_once(guess, times=24)

    checked = [entry for entry in acts() if entry.action == "account.login_failed"]
    assert 1 <= len(checked) <= 5


def test_20_djangos_own_door_checks_nothing(person: User, acts: Callable[[], list[Any]]) -> None:
    for path in ("/admin/login/", "/admin/"):
        Client().post(path, {"username": person.email, "password": PASSWORD})
    assert acts() == []


def test_21_a_code_opens_one_of_many_parallel_log_ins(person: User, signed_in: Any) -> None:
    key = turn_on(signed_in(person))
    visitors = [give_password(person)[0] for _visitor in range(5)]

    with time_machine.travel(clock.now(), tick=False):  # or the code might run out on the way
        code = code_of(key)
        at_once(lambda number: give_code(visitors[number], code), times=len(visitors))

    assert sum(is_in(visitor) for visitor in visitors) == 1
