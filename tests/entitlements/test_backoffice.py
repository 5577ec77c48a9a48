"""Staff see what a workspace may use and why, and grant it more for a time; its audit log says so."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.entitlements.interface import Standing, entitlements
from apps.entitlements.models import Override
from apps.tenancy.models import Tenant
from tests.factories import entitlements as decisions
from tests.factories.accounts import person

API, SEATS = "api.access", "members.seats"
OVERRIDES = "/admin/entitlements/override/"


@pytest.fixture
def sam(db: None) -> User:
    with scope.as_role("platform"):
        return person(name="Sam Staff", is_staff=True)


@pytest.fixture
def staff(sam: User, signed_in: Callable[[User], Client]) -> Client:
    """The browser of a member of staff."""
    return signed_in(sam)


@pytest.fixture(autouse=True)
def _free(settings: Any) -> None:
    settings.DEFAULT_PLAN = "free"


def grant(staff: Client, tenant: Tenant, **given: Any) -> Any:
    until = clock.now() + timedelta(days=30)
    values = {"ends_at_0": f"{until:%Y-%m-%d}", "ends_at_1": f"{until:%H:%M:%S}", "reason": "A pilot"} | given
    return staff.post(reverse("admin:entitlements_override_add", query={"tenant_id": tenant.id}), values)


def may_use_api(tenant: Tenant) -> bool:
    with scope.use(tenant_id=tenant.id):
        return bool(entitlements().check(tenant_id=tenant.id, feature=API))


def last_change() -> AuditEntry:
    with scope.as_role("platform"):
        found = AuditEntry.objects.select_related("detail").filter(action="backoffice.changed")
        return found.latest("id")


class TestOverride:
    def test_it_takes_effect_at_once_and_the_workspace_reads_why(
        self, staff: Client, sam: User, tenant: Tenant
    ) -> None:
        assert not may_use_api(tenant)
        assert grant(staff, tenant, name=API, value="1").status_code == 302

        assert may_use_api(tenant)
        entry = last_change()
        assert (entry.tenant_id, entry.actor_kind) == (tenant.id, "staff")
        assert (entry.detail.after["name"], entry.detail.after["reason"]) == (API, "A pilot")
        with scope.use(tenant_id=tenant.id):
            assert Override.objects.get().granted_by == sam.id

    @pytest.mark.parametrize(
        "given",
        [
            {"name": API, "value": "7"},
            {"name": API, "value": ""},
            {"name": SEATS, "value": "-1"},
            {"name": SEATS, "value": "9", "reason": ""},
            {"name": SEATS, "value": "9", "ends_at_0": ""},
            {"name": "api.acess", "value": "1"},
        ],
    )
    def test_it_needs_a_value_that_fits_an_end_and_a_reason(
        self, staff: Client, tenant: Tenant, given: dict[str, Any]
    ) -> None:
        assert grant(staff, tenant, **given).status_code == 200
        with scope.use(tenant_id=tenant.id):
            assert not Override.objects.exists()

    def test_a_limit_may_be_lifted_whole(self, staff: Client, tenant: Tenant) -> None:
        grant(staff, tenant, name=SEATS, value="")

        with scope.use(tenant_id=tenant.id):
            assert entitlements().limit(tenant_id=tenant.id, name=SEATS).limit is None

    def test_it_is_ended_early(self, staff: Client, tenant: Tenant) -> None:
        row = decisions.override(tenant, API, 1)
        assert may_use_api(tenant)
        staff.post(f"{OVERRIDES}?tenant_id={tenant.id}", {"action": "end", "_selected_action": [str(row.id)]})

        assert not may_use_api(tenant)
        assert last_change().target_id == row.id

    def test_staff_may_go_on_where_the_workspace_may_not(self, staff: Client, tenant: Tenant) -> None:
        decisions.facts(tenant, plan="team", standing=Standing.READ_ONLY)

        assert grant(staff, tenant, name=SEATS, value="9").status_code == 302


def test_the_workspaces_page_says_what_decided_each(staff: Client, tenant: Tenant) -> None:
    decisions.facts(tenant, plan="team", source="sub_1, team_month")
    page = unescape(staff.get(reverse("admin:tenancy_tenant_change", args=[tenant.id])).content.decode())

    assert "API: yes. The plan Team says so." in page
    assert page.count("Where the plan comes from: sub_1, team_month.") == 1
    assert "Members: without a limit." in page
    assert f"{OVERRIDES}add/?tenant_id={tenant.id}" in page


class TestCommand:
    def explain(self, tenant: str, feature: str) -> str:
        call_command("explain_access", tenant, feature, stdout=(output := StringIO()))
        return output.getvalue()

    def test_it_says_what_decided(self, tenant: Tenant) -> None:
        decisions.override(tenant, SEATS, 9)

        said = self.explain(tenant.slug, SEATS)
        assert said.startswith("Members: 9 at most.\nAn override by staff says so, until")
        assert "A pilot" in said

    @pytest.mark.parametrize(("slug", "name"), [("nobody", API), ("", "api.acess")])
    def test_what_is_unknown_is_said(self, tenant: Tenant, slug: str, name: str) -> None:
        with pytest.raises(CommandError, match=slug or name):
            self.explain(slug or tenant.slug, name)
