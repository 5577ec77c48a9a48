"""What a workspace demands of those who come in, as its owners and members meet it at browsers."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from apps.accounts.models import User
from tests.accounts.test_second_steps import code_of
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.factories.accounts import person as make_person
from tests.journeys.browser import Person
from tests.journeys.test_security import SECURITY, give_password, keep_codes, let_time_pass

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]
POLICY, MEMBERS = "/w/northwind/settings/security/", "/w/northwind/members/"
ELSEWHERE = "198.51.100.1"


@pytest.fixture
def ana(db: None) -> User:
    """The owner of Northwind."""
    return make_person(email="ana@northwind.example", name="Ana Ruiz")


@pytest.fixture
def li(ana: User) -> User:
    """A member of Northwind."""
    northwind = workspaces.workspace(name="Northwind", slug="northwind", owner=ana)
    return workspaces.member(northwind, email="li@northwind.example", name="Li Wei")


def set_policy(window: Person, **fields: str) -> None:
    window.open(POLICY)
    window.fill(**fields)
    window.click("Save")


def turn_on_codes(window: Person) -> None:
    window.click("Turn on", role="link")
    window.fill(code=code_of(window.page.locator("#totp-key").inner_text()))
    window.click("Turn on")
    keep_codes(window)


def is_kept_out(window: Person, because: str) -> None:
    window.page.goto(window.address + MEMBERS)
    window.sees(because)
    window.complaints.clear()  # Chromium logs every 403 as an error.
    window.check()


def test_a_second_step_is_demanded(somebody: Somebody, ana: User, li: User, theme: str, width: int) -> None:
    hers, his = (somebody(theme=theme, width=width) for _each in range(2))
    give_password(hers, ana)
    give_password(his, li)

    hers.open(POLICY)
    hers.page.get_by_label("Everybody logs in with a second step or a passkey").check()
    hers.click("Save")
    hers.sees("Log in with a second step or a passkey yourself first.")
    hers.complaints.clear()  # Chromium logs every 422 as an error.
    hers.check()
    hers.open(SECURITY)
    turn_on_codes(hers)
    hers.open(POLICY)
    hers.page.get_by_label("Everybody logs in with a second step or a passkey").check()
    hers.click("Save")
    hers.sees("Saved. It holds from everybody's next request on.")
    hers.check()

    is_kept_out(his, "A second step is needed here")
    his.click("Set it up", role="link")
    his.page.wait_for_url(his.address + SECURITY)
    turn_on_codes(his)
    his.open(MEMBERS)


def test_only_some_networks_are_let_in(
    somebody: Somebody, ana: User, li: User, theme: str, width: int, settings: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    hers, his = (somebody(theme=theme, width=width) for _each in range(2))
    workspaces.member(workspaces.workspace(name="Contoso", slug="contoso"), user=li)
    hers.sign_in(ana)
    his.sign_in(li)
    his.page.set_extra_http_headers({"X-Forwarded-For": ELSEWHERE})
    his.open(MEMBERS)

    set_policy(hers, ranges=ELSEWHERE)
    hers.sees("Your own address, 127.0.0.1, is not among them.")
    hers.complaints.clear()  # Chromium logs every 422 as an error.
    hers.check()
    set_policy(hers, ranges="127.0.0.1")
    hers.sees("Saved.")
    hers.check()

    is_kept_out(his, "Not from this network")
    his.click("Your other workspaces", role="link")
    his.page.wait_for_url(re.compile("/w/contoso/"))
    his.check()
    hers.open(MEMBERS)


def test_people_show_again_who_they_are(
    somebody: Somebody, ana: User, li: User, theme: str, width: int
) -> None:
    hers, his = (somebody(theme=theme, width=width) for _each in range(2))
    hers.sign_in(ana)
    his.sign_in(li)
    his.open(MEMBERS)

    set_policy(hers, session_hours="1", idle_minutes="1")
    hers.sees("Choose 5 to 1440 minutes.")
    hers.complaints.clear()  # Chromium logs every 422 as an error.
    hers.check()
    set_policy(hers, session_hours="1", idle_minutes="15")
    hers.sees("Saved.")

    let_time_pass(his)
    his.page.goto(his.address + MEMBERS)
    his.sees("Confirm it's you")
    his.check()
    his.fill(password=PASSWORD)
    his.click("Go on")
    his.page.wait_for_url(re.compile(MEMBERS))
    his.check()
