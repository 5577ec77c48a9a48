"""What people do every day, with nothing but keys: the focus is always to be seen, and never lost."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from apps.tenancy.models import Tenant
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person as make_person
from tests.journeys.browser import Person
from tests.journeys.test_from_sign_up_to_audit import link_in_mail

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]
MEMBERS = "/w/northwind/members/"


@pytest.fixture
def northwind(db: None) -> Tenant:
    owner = make_person(email="ana@northwind.example", name="Ana Ruiz")
    return workspaces.workspace(name="Northwind", slug="northwind", owner=owner)


@pytest.fixture
def owner(somebody: Somebody, northwind: Tenant) -> Person:
    """The owner, logged in."""
    window = somebody()
    window.log_in_by_keys("ana@northwind.example")
    return window


def test_inviting_and_taking_it_back(owner: Person) -> None:
    owner.page.goto(owner.address + MEMBERS)

    owner.tab_to("Invite people")
    owner.page.keyboard.press("Enter")
    owner.page.wait_for_url("**/invite/")
    expect(owner.page.locator("[name=email]")).to_be_focused()
    owner.page.keyboard.type("li@northwind.example")
    owner.page.keyboard.press("Tab")
    owner.page.keyboard.press("ArrowDown")  # from Member to Viewer
    owner.tab_to("Send invitations")
    owner.page.keyboard.press("Enter")
    owner.sees("Invitation sent to li@northwind.example.")
    owner.sees("Viewer")

    owner.tab_to("Actions for the invitation to li@northwind.example")
    owner.page.keyboard.press("Enter")
    expect(owner.page.get_by_role("button", name="Send again")).to_be_focused()
    owner.page.keyboard.press("ArrowDown")
    expect(owner.page.get_by_role("button", name="Revoke")).to_be_focused()
    owner.page.keyboard.press("Enter")
    owner.sees("Invitation to li@northwind.example revoked.")

    owner.tab_to("Actions for Ana Ruiz")
    owner.page.keyboard.press("Enter")
    owner.tab_to("Leave the workspace")
    owner.page.keyboard.press("Enter")
    owner.sees("Leave Northwind?")
    owner.page.keyboard.press("Escape")
    assert not owner.page.get_by_text("Leave Northwind?").is_visible()


def test_accepting_an_invitation(owner: Person, somebody: Somebody) -> None:
    make_person(email="li@northwind.example", name="Li Wei")
    owner.page.goto(owner.address + MEMBERS + "invite/")
    owner.page.keyboard.type("li@northwind.example")
    owner.press("Send invitations")
    owner.sees("Invitation sent to li@northwind.example.")
    call_command("deliver_events")

    guest = somebody()
    guest.log_in_by_keys("li@northwind.example")
    guest.page.goto(link_in_mail(to="li@northwind.example", path="/invitations/"))
    guest.press("Accept the invitation")
    guest.sees("Welcome to Northwind.")


def test_making_a_role(owner: Person) -> None:
    owner.page.goto(owner.address + MEMBERS + "roles/")
    owner.press("Create role")
    owner.page.wait_for_url("**/create/")
    owner.tab_to("name")
    owner.page.keyboard.type("Auditor")
    owner.tab_to("See the members")
    owner.page.keyboard.press("Space")
    owner.press("Create role")
    owner.sees("Role “Auditor” created.")

    owner.press("Actions for Auditor")
    owner.press("Delete")
    owner.sees("Delete “Auditor”?")
    owner.page.keyboard.press("Escape")
    expect(owner.page.get_by_role("button", name="Actions for Auditor")).to_be_focused()


def test_renaming_the_workspace(owner: Person) -> None:
    owner.page.goto(owner.address + "/w/northwind/settings/")
    owner.tab_to("name")
    owner.page.keyboard.press("Control+A")
    owner.page.keyboard.type("Northwind Research")
    owner.page.keyboard.press("Enter")
    owner.sees("Northwind Research")
