"""What people may do about what is kept of them, at browsers: have it once, and have it forgotten."""

import json
from collections.abc import Callable
from zipfile import ZipFile

import pytest
from django.core import mail
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.factories.accounts import person as make_person
from tests.journeys.browser import Person
from tests.journeys.test_from_sign_up_to_audit import link_in_mail
from tests.journeys.test_security import give_password, let_time_pass

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]
DATA, DELETE = "/account/data/", "/account/delete/"


@pytest.fixture
def ana(db: None) -> User:
    return make_person(email="ana@northwind.example", name="Ana Ruiz")


@pytest.fixture
def northwind(ana: User) -> Tenant:
    return workspaces.workspace(name="Northwind", slug="northwind", owner=ana)


def test_having_ones_data(somebody: Somebody, northwind: Tenant, ana: User, theme: str, width: int) -> None:
    window = somebody(theme=theme, width=width)
    window.sign_in(ana)
    let_time_pass(window)
    window.page.goto(window.address + DATA)
    window.sees("What you are about to do needs your password.")
    window.fill(password=PASSWORD)
    window.click("Go on")
    window.page.wait_for_url(window.address + DATA)
    window.check()
    window.click("Gather my data")
    window.sees("We are gathering your data.")
    window.check()

    run_due_tasks()
    window.page.goto(link_in_mail(to=ana.email, path="/account/"))
    window.sees("Your file is ready.")
    window.check()
    second = somebody(theme=theme, width=width)
    second.sign_in(ana)
    second.open(DATA)
    with window.page.expect_download() as download:
        window.click("Download")
    with ZipFile(download.value.path()) as file:
        assert json.loads(file.read("profile.json"))[0]["email"] == ana.email
        assert json.loads(file.read("workspaces.json"))[0]["tenant__name"] == "Northwind"

    expect(window.page.get_by_role("button", name="Download")).to_be_disabled()
    window.check()

    second.click("Download")
    second.sees("This file is gone")
    second.complaints.clear()  # Chromium logs every 410 as an error.
    second.check()
    second.click("Your data", role="link")
    second.sees("Downloaded:")
    second.check()


def test_deleting_ones_account(
    somebody: Somebody, northwind: Tenant, ana: User, theme: str, width: int
) -> None:
    window, phone = somebody(theme=theme, width=width), somebody(width=390)
    for each in (window, phone):
        give_password(each, ana)
    window.open(DATA)
    window.click("Delete my account", role="link")
    window.sees("First give these workspaces another owner")
    window.check()

    workspaces.member(northwind, "owner", name="Li Wei")
    window.open(DELETE)
    window.fill(confirm="li@northwind.example")
    window.click("Delete my account")
    window.sees("This is not your e-mail address.")
    window.complaints.clear()  # Chromium logs every 422 as an error.
    window.check()
    window.fill(confirm=ana.email)
    window.click("Delete my account")
    window.sees("Your account is deleted.")
    window.check()

    phone.page.goto(phone.address + DATA)
    phone.page.wait_for_url("**/account/login/**")
    run_due_tasks()
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([ana.email], "Your account is erased")
    give_password(window, ana)
    window.sees("The address or the password isn't right.")
