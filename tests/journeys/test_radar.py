"""A member's first competitor and signal, in a real browser."""

from collections.abc import Callable

import pytest
from django.db import transaction

from tests.factories import radar
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.journeys.browser import Person
from tests.journeys.test_from_sign_up_to_audit import follow_in_sidebar

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_first_signal(somebody: Callable[..., Person], theme: str, width: int) -> None:
    member = workspaces.member(workspaces.workspace(), "admin", name="Li Wei")
    person = somebody(theme=theme, width=width)
    person.open("/account/login/")
    person.fill(login=member.email, password=PASSWORD)
    person.click("Log in")
    person.page.wait_for_url("**/w/**")

    add_competitor(person, name="Contoso")
    add_signal(person, title="Contoso cut the price of its Team plan")
    delete_signal_and_think_again(person, title="Contoso cut the price of its Team plan")

    follow_in_sidebar(person, "Audit log")
    person.sees("Li Wei added the competitor Contoso")


def test_a_signal_without_a_mouse(somebody: Callable[..., Person]) -> None:
    tenant = workspaces.workspace(slug="acme")
    with workspaces.scope_of(tenant), transaction.atomic():
        radar.competitor(name="Contoso")
    person = somebody()
    person.log_in_by_keys(workspaces.member(tenant, "member").email)
    person.press("Signals")
    person.page.wait_for_url("**/signals/")
    person.press("Add signal")
    person.page.wait_for_url("**/add/")
    person.tab_to("competitor")
    person.page.keyboard.type("Contoso")
    person.tab_to("title")
    person.page.keyboard.type("Contoso cut its price")
    person.tab_to("kind")
    person.page.keyboard.press("ArrowDown")
    person.press("Add signal")
    person.sees("Contoso cut its price")


def add_competitor(person: Person, *, name: str) -> None:
    follow_in_sidebar(person, "Competitors")
    person.check()
    person.click("Add competitor", role="link")
    person.check()
    person.fill(name=name, website="https://contoso.example")
    person.click("Add competitor")
    person.sees(name)
    person.check()


def add_signal(person: Person, *, title: str) -> None:
    follow_in_sidebar(person, "Signals")
    person.check()
    person.click("Add signal", role="link")
    person.check()
    person.fill(title=title)
    person.page.locator("select[name=competitor]").select_option(label="Contoso")
    person.page.locator("select[name=kind]").select_option("price")
    person.click("Add signal")
    person.sees(title)
    person.check()


def delete_signal_and_think_again(person: Person, *, title: str) -> None:
    follow_in_sidebar(person, "Signals")
    person.click(title, role="link")
    person.check()
    person.click("Delete")
    person.sees("deleted")
    person.check()
    person.click("Undo")
    person.sees(title)
    person.check()
    follow_in_sidebar(person, "Overview")
    person.sees(title)
    person.check()
