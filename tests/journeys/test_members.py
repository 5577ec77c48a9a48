"""Every case of members and invitations, by people at browsers."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.core import clock, scope
from apps.tenancy.models import Invitation, Tenant
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.factories.accounts import person as make_person
from tests.journeys.browser import Person
from tests.journeys.test_from_sign_up_to_audit import follow_in_sidebar, link_in_mail

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]
NARROWEST = 320
MEMBERS = "/w/northwind/members/"


@pytest.fixture
def northwind(db: None) -> Tenant:
    owner = make_person(email="ana@northwind.example", name="Ana Ruiz")
    return workspaces.workspace(name="Northwind", slug="northwind", owner=owner)


def log_in(window: Person, user_email: str) -> None:
    window.page.goto(window.address + "/account/login/")
    window.fill(login=user_email, password=PASSWORD)
    window.click("Log in")
    window.page.wait_for_url(lambda url: "/account/login" not in url)


def choose_in_menu(window: Person, label: str, item: str) -> None:
    """Open the menu of a row and press one of its items."""
    window.page.get_by_role("button", name=label, exact=True).click()
    window.page.get_by_role("button", name=item, exact=True).filter(visible=True).first.click()


def invite(window: Person, emails: str, role: str = "member") -> None:
    window.open(MEMBERS + "invite/")
    window.fill(email=emails)
    window.page.locator(f"[name=role][value={role}]").check()
    window.click("Send invitations")
    window.page.wait_for_load_state()


def open_mailed(window: Person, to: str) -> None:
    call_command("deliver_events")
    window.page.goto(link_in_mail(to=to, path="/invitations/"))


def test_inviting_many_sending_again_and_revoking(somebody: Somebody, northwind: Tenant) -> None:
    workspaces.member(northwind, "viewer", email="vera@northwind.example")
    owner = somebody(width=NARROWEST)
    log_in(owner, "ana@northwind.example")

    invite(owner, "li@northwind.example, vera@northwind.example broken, Bo <bo@northwind.example>")
    for outcome in ("Sent", "Already a member", "Not an address"):
        owner.sees(outcome)
    owner.sees("2 invitations sent")
    owner.check()

    call_command("deliver_events")
    first = link_in_mail(to="li@northwind.example", path="/invitations/")
    owner.open(MEMBERS)
    choose_in_menu(owner, "Actions for the invitation to li@northwind.example", "Send again")
    owner.sees("Invitation sent to li@northwind.example again.")
    choose_in_menu(owner, "Actions for the invitation to bo@northwind.example", "Revoke")
    owner.sees("Invitation to bo@northwind.example revoked.")
    owner.check()

    guest = somebody(width=NARROWEST)
    guest.page.goto(first)
    guest.sees("A newer one was sent to the same address.")
    guest.complaints.clear()  # Chromium logs every 410 as an error.
    guest.check()
    guest.page.goto(link_in_mail(to="bo@northwind.example", path="/invitations/"))
    guest.sees("It was taken back.")
    guest.complaints.clear()
    open_mailed(guest, "li@northwind.example")
    guest.sees("Create an account")
    guest.check()


def test_links_for_another_and_links_that_are_spent(somebody: Somebody, northwind: Tenant) -> None:
    make_person(email="li@private.example", name="Li Wei")
    owner, guest = somebody(), somebody(theme="dark", width=390)
    log_in(owner, "ana@northwind.example")
    invite(owner, "li@northwind.example noor@northwind.example")

    log_in(guest, "li@private.example")
    open_mailed(guest, "li@northwind.example")
    guest.sees("This invitation is for another address")
    guest.sees("l•••@northwind.example")
    guest.check()
    guest.page.get_by_text("Join as li@private.example instead").click()
    guest.sees("see both addresses")
    guest.check()
    guest.click("Yes, join as li@private.example")
    guest.sees("Welcome to Northwind.")

    guest.page.goto(link_in_mail(to="li@northwind.example", path="/invitations/"))
    guest.sees("You are already a member of Northwind.")

    guest.page.goto(link_in_mail(to="noor@northwind.example", path="/invitations/"))
    guest.click("Sign out and continue")
    guest.sees("I have an account")
    guest.check()
    with scope.use(tenant_id=northwind.id), transaction.atomic():
        run_out = clock.now() - timedelta(hours=1)
        Invitation.objects.filter(email="noor@northwind.example").update(expires_at=run_out)
    guest.page.reload()
    guest.sees("It has run out.")
    guest.complaints.clear()
    guest.check()
    owner.open(MEMBERS)
    owner.sees("Has run out")

    follow_in_sidebar(owner, "Audit log")
    owner.sees("The invitation went to li@northwind.example.")


def test_a_used_link_and_a_member_who_is_removed(somebody: Somebody, northwind: Tenant) -> None:
    make_person(email="li@northwind.example", name="Li Wei")
    owner, guest, other = somebody(width=NARROWEST), somebody(width=NARROWEST), somebody(width=390)
    log_in(owner, "ana@northwind.example")
    invite(owner, "li@northwind.example")
    log_in(guest, "li@northwind.example")
    open_mailed(guest, "li@northwind.example")
    guest.click("Accept the invitation")
    guest.sees("Welcome to Northwind.")

    other.page.goto(link_in_mail(to="li@northwind.example", path="/invitations/"))
    other.sees("It was accepted already.")
    other.complaints.clear()  # Chromium logs every 410 as an error.
    other.check()

    owner.open(MEMBERS)
    choose_in_menu(owner, "Actions for Li Wei", "Change to Viewer")
    owner.sees("Li Wei is now Viewer.")
    choose_in_menu(owner, "Actions for Li Wei", "Remove")
    owner.sees("Remove Li Wei?")
    owner.check()
    owner.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    owner.sees("Li Wei was removed.")
    guest.page.reload()
    guest.sees("This page does not exist")
    guest.complaints.clear()
    guest.check()


def test_a_request_that_is_declined(somebody: Somebody, northwind: Tenant) -> None:
    workspaces.member(northwind, "viewer", email="vera@northwind.example", name="Vera View")
    owner, viewer = somebody(width=390), somebody(width=NARROWEST)
    log_in(viewer, "vera@northwind.example")
    viewer.open("/w/northwind/access/audit.read/")
    viewer.click("Ask for access")
    viewer.sees("Waiting for an answer")
    log_in(owner, "ana@northwind.example")
    owner.open(MEMBERS + "requests/")
    owner.click("Decline")
    owner.sees("Declined. Vera View sees it.")
    owner.check()
    viewer.page.reload()
    viewer.sees("Declined")
    viewer.check()


def test_a_role_of_ones_own_is_asked_for_and_given(somebody: Somebody, northwind: Tenant) -> None:
    workspaces.member(northwind, "viewer", email="vera@northwind.example", name="Vera View")
    owner, viewer = somebody(width=NARROWEST), somebody(theme="dark", width=NARROWEST)
    log_in(owner, "ana@northwind.example")
    owner.open(MEMBERS + "roles/create/")
    owner.fill(name="Auditor")
    for label in ("See the members", "Read the audit log", "See the radar"):
        owner.page.get_by_label(label, exact=True).check()
    owner.click("Create role")
    owner.sees("Role “Auditor” created.")
    owner.check()

    log_in(viewer, "vera@northwind.example")
    viewer.page.goto(viewer.address + "/w/northwind/audit/")
    viewer.sees("You don't have access to this")
    viewer.complaints.clear()  # Chromium logs every 403 as an error.
    viewer.check()
    viewer.click("Ask for access", role="link")
    viewer.check()
    viewer.fill(message="I look after our yearly review.")
    viewer.click("Ask for access")
    viewer.sees("Waiting for an answer")
    viewer.check()

    owner.open(MEMBERS + "requests/")
    owner.sees("I look after our yearly review.")
    owner.page.get_by_label("Give them the role").select_option(label="Auditor")
    owner.click("Grant")
    owner.sees("Vera View has access now.")
    owner.check()
    viewer.open("/w/northwind/audit/")
    viewer.sees("Ana Ruiz gave Vera View access")

    owner.open(MEMBERS + "roles/")
    choose_in_menu(owner, "Actions for Auditor", "Delete")
    owner.click("Delete role")
    owner.sees("“Auditor” is in use: 1 member.")


def test_suspending_handing_over_and_leaving(somebody: Somebody, northwind: Tenant) -> None:
    workspaces.member(northwind, "member", email="li@northwind.example", name="Li Wei")
    owner, colleague = somebody(width=NARROWEST), somebody(width=390)
    log_in(owner, "ana@northwind.example")
    log_in(colleague, "li@northwind.example")

    owner.open(MEMBERS)
    choose_in_menu(owner, "Actions for Li Wei", "Suspend")
    owner.sees("Li Wei is suspended.")
    owner.check()
    colleague.page.goto(colleague.address + MEMBERS)
    colleague.sees("Your access to this workspace is suspended.")
    colleague.complaints.clear()
    colleague.check()
    choose_in_menu(owner, "Actions for Li Wei", "Lift the suspension")
    owner.sees("Li Wei is back.")
    colleague.open(MEMBERS)

    owner.page.get_by_role("link", name="Li Wei").click()
    owner.sees("Ana Ruiz lifted the suspension of Li Wei.")
    owner.check()
    owner.fill(confirm="Northwind")
    owner.click("Transfer ownership")
    owner.sees("Li Wei is the owner now.")
    owner.check()

    choose_in_menu(owner, "Actions for Ana Ruiz", "Leave the workspace")
    owner.sees("Leave Northwind?")
    owner.check()
    owner.click("Leave")
    owner.sees("You have left Northwind.")
    colleague.page.reload()
    choose_in_menu(colleague, "Actions for Li Wei", "Leave the workspace")
    colleague.click("Leave")
    colleague.sees("A workspace needs an owner.")


def test_joining_by_the_domain_of_ones_address(somebody: Somebody, northwind: Tenant) -> None:
    make_person(email="noor@northwind.example", name="Noor Haddad")
    owner, postmaster, colleague = somebody(width=NARROWEST), somebody(), somebody(width=NARROWEST)
    log_in(owner, "ana@northwind.example")
    owner.open(MEMBERS + "domains/")
    owner.fill(domain="gmail.com")
    owner.click("Send the link")
    owner.sees("Everybody can have an address there.")
    owner.complaints.clear()  # Chromium logs every 422 as an error.
    owner.fill(domain="northwind.example")
    owner.click("Send the link")
    owner.sees("Mail sent to postmaster@northwind.example.")
    owner.check()

    call_command("deliver_events")
    postmaster.page.goto(link_in_mail(to="postmaster@northwind.example", path="/domain-proof/"))
    postmaster.sees("May people at northwind.example join Northwind?")
    postmaster.check()
    postmaster.click("Yes, let them join")
    postmaster.sees("can now join Northwind.")
    postmaster.check()

    log_in(colleague, "noor@northwind.example")
    colleague.sees("Join Northwind")
    colleague.check()
    colleague.click("Join")
    colleague.sees("Welcome to Northwind.")
