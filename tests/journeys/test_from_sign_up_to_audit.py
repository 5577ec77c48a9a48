"""The first quarter of an hour of a new customer, in a real browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from apps.audit.models import AuditEntry
from apps.core import scope
from tests.factories.accounts import PASSWORD
from tests.journeys.browser import WIDTHS, Person
from tests.processes import serving

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]


def test_from_sign_up_to_audit(somebody: Somebody, theme: str, width: int) -> None:
    go_from_sign_up_to_audit(somebody, theme, width)


def test_from_sign_up_to_audit_in_another_process(somebody: Somebody, settings: Any) -> None:
    """The same with the audit log served by `manage.py serve_module audit`, from a database of its own."""
    with serving("audit") as process:
        settings.MODULE_URLS = {"audit": process.url}
        go_from_sign_up_to_audit(somebody, "light", WIDTHS["wide"])
    with scope.as_role("platform"):
        assert not AuditEntry.objects.exists()


def go_from_sign_up_to_audit(somebody: Somebody, theme: str, width: int) -> None:
    owner = somebody(theme=theme, width=width)
    owner.open("/")
    sign_up(owner, name="Ana Ruiz", email="ana@northwind.example")

    create_workspace(owner, name="Northwind Analytics")
    invite(owner, email="li@northwind.example", role="member")
    colleague = somebody(theme=theme, width=width)
    accept_as_a_new_person(colleague, name="Li Wei", email="li@northwind.example")

    call_command("deliver_events")
    read_audit_log(owner)


def sign_up(person: Person, *, name: str, email: str) -> None:
    person.open("/account/signup/")
    person.fill(name=name, email=email, password1=PASSWORD)
    person.click("Sign up")
    person.sees("Check your mail")
    person.check()
    confirm(person, email)


def confirm(person: Person, email: str) -> None:
    person.page.goto(link_in_mail(to=email, path="/account/confirm-email/"))
    person.check()
    person.click("Yes, confirm it")


def create_workspace(person: Person, *, name: str) -> None:
    person.sees("Create your workspace")
    person.check()
    person.fill(name=name)
    person.click("Create workspace")
    person.sees(f"{name} is ready")
    person.check()


def invite(person: Person, *, email: str, role: str) -> None:
    follow_in_sidebar(person, "Members")
    person.check()
    person.click("Invite people", role="link")
    person.check()
    person.fill(email="not-an-address")
    person.click("Send invitations")
    person.sees("Enter a whole e-mail address")
    person.complaints.clear()  # Chromium logs every 422 as an error.
    person.check()
    person.fill(email=email)
    person.page.locator(f"[name=role][value={role}]").check()
    person.click("Send invitations")
    person.sees("Open invitations")
    person.check()
    call_command("deliver_events")


def accept_as_a_new_person(person: Person, *, name: str, email: str) -> None:
    person.page.goto(link_in_mail(to=email, path="/invitations/"))
    assert "/invitations/accept/" in person.page.url
    person.check()
    person.click("Create an account", role="link")
    person.check()
    person.fill(name=name, password1=PASSWORD)
    if not person.page.locator("[name=email]").first.input_value():
        person.fill(email=email)
    person.click("Sign up")
    confirm(person, email)
    person.sees("Northwind Analytics")
    person.check()
    person.click("Accept the invitation")
    person.sees("Northwind Analytics")
    person.check()


def read_audit_log(person: Person) -> None:
    person.page.reload()
    follow_in_sidebar(person, "Audit log")
    person.sees("Ana Ruiz invited li@northwind.example as Member")
    person.check()


def follow_in_sidebar(person: Person, label: str) -> None:
    """Follow a link of the sidebar."""
    open_sidebar(person)
    person.page.locator("#sidebar").get_by_role("link", name=label, exact=True).click()
    person.page.wait_for_load_state("networkidle")


def open_sidebar(person: Person) -> None:
    """Open the drawer where the window is narrow."""
    menu = person.page.get_by_role("button", name=re.compile("menu", re.IGNORECASE)).first
    if menu.is_visible() and person.page.viewport_size["width"] < 860:  # type: ignore[index]
        menu.click()


def link_in_mail(*, to: str, path: str) -> str:
    """Return the address that the newest mail to somebody leads to."""
    texts: list[Any] = [message.body for message in mail.outbox if to in message.to]
    found = re.findall(rf"https?://\S+{re.escape(path)}\S+", texts[-1])
    assert found, f"No link to {path} in: {texts[-1]}"
    return str(found[0])
