"""Support sessions in the back office: all of them, and how support ends one."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import clock
from apps.tenancy.models import SupportSession, Tenant
from tests.factories import support
from tests.factories import tenancy as workspaces

pytestmark = pytest.mark.django_db

LIST = "/admin/tenancy/supportsession/"


@pytest.fixture
def ana(tenant: Tenant) -> User:
    return workspaces.member(tenant, name="Ana Ruiz")


@pytest.fixture
def colleague() -> User:
    return support.support(name="Kim Lund")


@pytest.fixture
def browser(colleague: User) -> Client:
    return support.browser_of(colleague)


def listed(browser: Client, query: str = "") -> list[SupportSession]:
    return list(browser.get(f"{LIST}{query}").context["cl"].result_list)


def end(browser: Client, *rows: SupportSession) -> Any:
    return browser.post(LIST, {"action": "end", "_selected_action": [str(row.id) for row in rows]})


def test_all_workspaces_newest_first(
    browser: Client, tenant: Tenant, other_tenant: Tenant, ana: User, django_assert_max_num_queries: Any
) -> None:
    support.begin(tenant, ana)
    for _number in range(4):
        support.begin(other_tenant, workspaces.member(other_tenant))
    browser.get(LIST)

    with django_assert_max_num_queries(10):
        page = browser.get(LIST)

    rows = page.context["cl"].result_list
    assert [row.tenant_id for row in rows] == [*[other_tenant.id] * 4, tenant.id]
    said = page.content.decode()
    for text in (tenant.name, "Sam Berg as Ana Ruiz", "The chart stays empty", "T-17"):
        assert text in said


def test_open_now(browser: Client, tenant: Tenant, ana: User) -> None:
    for minutes in ("1", "30", "15"):
        support.begin(tenant, ana, minutes=minutes)
    short, ended, still_open = support.sessions(tenant)
    end(browser, ended)

    with clock.stopped_at(short.until):
        assert listed(browser, "?state=open") == [still_open]
    assert len(listed(browser)) == 3


def test_support_ends_one(browser: Client, colleague: User, tenant: Tenant, ana: User) -> None:
    working = support.begin(tenant, ana)
    (row,) = support.sessions(tenant)

    end(browser, row)

    (row,) = support.sessions(tenant)
    assert (row.ending, row.ended_by_id) == ("staff", colleague.id)
    assert working.get(f"/w/{tenant.slug}/").status_code == 403
    assert "ended by support" in browser.get(LIST).content.decode()
    assert colleague.email in browser.get(f"{LIST}{row.id}/change/").content.decode().partition("Ended by")[2]


def test_other_staff_do_not(tenant: Tenant, ana: User) -> None:
    support.begin(tenant, ana)
    (row,) = support.sessions(tenant)
    staff = support.browser_of(support.support(is_support=False))
    assert "End the chosen ones" not in staff.get(LIST).content.decode()

    end(staff, row)

    (row,) = support.sessions(tenant)
    assert row.ended_at is None
