"""A member is told that their role changed, reads it, and wants no more mail of it, in a real browser."""

from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import Locator, expect

from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person
from tests.journeys.browser import Person
from tests.journeys.test_from_sign_up_to_audit import open_sidebar
from tests.journeys.test_members import choose_in_menu

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("theme", "width"), [("dark", 320), ("light", 1440)])
def test_from_the_news_to_no_more_mail_of_it(somebody: Callable[..., Person], theme: str, width: int) -> None:
    owner = person(name="Ana Ruiz", email="ana@acme.example")
    acme = workspaces.workspace(name="Acme", slug="acme", owner=owner)
    member = workspaces.member(acme, "member", email="li@acme.example", name="Li Wei")
    hers, his = somebody(), somebody(theme=theme, width=width)
    hers.sign_in(owner)
    his.sign_in(member)

    change_role(hers, "Admin")
    assert mails_to("li@acme.example") == ["Your role is now Admin. · Acme"]

    his.open("/w/acme/members/")
    expect_unread(his, "1")
    open_sidebar(his)
    inbox_in_sidebar(his).click()
    his.page.wait_for_url("**/inbox/")
    his.sees("Your role is now Admin.")
    his.check()
    his.click("Open: Your role is now Admin.")
    his.page.wait_for_url("**/members/")
    expect_unread(his, "")

    his.open("/w/acme/inbox/")
    his.click("Preferences", role="link")
    his.page.get_by_label("Your role changes").select_option(label="Inbox only")
    his.check()
    his.click("Save")
    his.sees("Saved.")
    his.check()

    change_role(hers, "Viewer")
    assert mails_to("li@acme.example") == ["Your role is now Admin. · Acme"]
    his.open("/w/acme/inbox/")
    expect_unread(his, "1")
    his.sees("Your role is now Viewer.")
    his.click("Mark as read: Your role is now Viewer.")
    expect_unread(his, "")
    his.check()


def change_role(window: Person, role: str) -> None:
    """Give Li Wei a role, and have everybody told who is to hear of it."""
    window.open("/w/acme/members/")
    choose_in_menu(window, "Actions for Li Wei", f"Change to {role}")
    window.sees(f"Li Wei is now {role}.")
    deliver_due()
    run_due_tasks()


def mails_to(address: str) -> list[str]:
    """Return the subjects of the mails to an address."""
    return [message.subject for message in mail.outbox if address in message.to]


def inbox_in_sidebar(window: Person) -> Locator:
    return window.page.locator("#sidebar a").filter(has_text="Inbox")


def expect_unread(window: Person, count: str) -> None:
    """Wait until the sidebar counts so many unread notifications."""
    expect(inbox_in_sidebar(window)).to_have_text(f"Inbox, {count} unread" if count else "Inbox")
