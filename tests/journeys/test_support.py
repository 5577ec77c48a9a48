"""Support looks into a workspace, at a browser: with the owner's leave, under a banner, and not unnoticed."""

from collections.abc import Callable

import pytest

from apps.accounts.models import User
from apps.tenancy.models import Tenant
from tests.factories import support
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]


@pytest.fixture
def owner() -> User:
    return person(name="Ana Ruiz", email="ana@northwind.example")


@pytest.fixture
def northwind(owner: User) -> Tenant:
    tenant = workspaces.workspace(name="Northwind", slug="northwind", owner=owner)
    workspaces.member(tenant, name="Li Wei", email="li@northwind.example")
    return tenant


def test_support_looks_in(somebody: Somebody, northwind: Tenant, owner: User, theme: str, width: int) -> None:
    hers, his = somebody(theme=theme, width=width), somebody(theme=theme, width=width)
    hers.sign_in(owner)
    hers.open("/w/northwind/settings/")
    hers.click("See and change", role="link")
    hers.sees("Support has not been here")
    hers.check()
    hers.page.get_by_label("May look", exact=True).check()
    hers.click("Save")
    hers.sees("Saved.")
    hers.check()

    his.sign_in(support.support())
    his.page.goto(f"{his.address}/admin/tenancy/tenant/{northwind.id}/change/")
    row = his.page.get_by_role("row").filter(has_text="li@northwind.example")
    row.get_by_role("link", name="Work as this person…").click()
    his.sees("Work in Northwind as Li Wei")
    his.fill(reason="The chart stays empty", ticket="T-17")
    his.click("Open the workspace")

    his.sees("You see Northwind as Li Wei.")
    his.check()
    his.open("/w/northwind/members/")
    his.sees("Read-only. 15 minutes left.")

    his.open("/w/northwind/competitors/add/")
    his.fill(name="Alder")
    his.click("Add competitor")
    his.sees("This support session is read-only. Nothing was changed.")
    his.complaints.clear()  # Chromium logs every 403 as an error.
    his.check()
    hers.open("/w/northwind/settings/support/")
    hers.sees("End now")
    hers.check()

    his.click("Back to the workspace", role="link")
    his.click("End")
    his.page.wait_for_url("**/admin/tenancy/tenant/**")

    hers.open("/w/northwind/settings/support/")
    hers.sees("The chart stays empty")
    hers.sees("ended by support")
    hers.check()
