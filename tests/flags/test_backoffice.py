"""Staff switch feature flags, and the audit log says why."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import flags, scope
from apps.flags.models import FlagException, FlagShare
from apps.tenancy.models import Tenant
from tests.factories import flags as decisions
from tests.factories.accounts import person
from tests.flags.conftest import NEW_CHART

SHARES = "/admin/flags/flagshare/"
EXCEPTIONS = "/admin/flags/flagexception/"


@pytest.fixture
def staff(db: None, signed_in: Callable[[User], Client]) -> Client:
    """The browser of a member of staff."""
    with scope.as_role("platform"):
        return signed_in(person(name="Sam Staff", is_staff=True))


def last_change() -> AuditEntry:
    with scope.as_role("platform"):
        found = AuditEntry.objects.select_related("detail").filter(action="backoffice.changed")
        return found.latest("id")


class TestShare:
    def test_every_declared_flag_is_listed(self, staff: Client) -> None:
        decisions.share("radar.gone", 10)

        page = unescape(staff.get(SHARES).content.decode())

        assert NEW_CHART in page
        assert "Chart that can be zoomed" in page
        assert "radar.gone" not in page

    def test_a_change_takes_effect_at_once_and_says_why(
        self,
        staff: Client,
        tenant: Tenant,
        as_tenant: Any,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        row = decisions.share(NEW_CHART, 0)
        with as_tenant(tenant):
            assert not flags.enabled(NEW_CHART)

        with django_capture_on_commit_callbacks(execute=True):
            answer = staff.post(
                reverse("admin:flags_flagshare_change", args=[row.id]),
                {"percent": 100, "reason": "The trial went well"},
            )

        assert answer.status_code == 302
        with as_tenant(tenant):
            assert flags.enabled(NEW_CHART)
        entry = last_change()
        assert entry.actor_kind == "staff"
        assert entry.tenant_id is None
        assert entry.detail.after == {"percent": 100, "reason": "The trial went well"}

    @pytest.mark.parametrize("given", [{"percent": 50, "reason": ""}, {"percent": 101, "reason": "All"}])
    def test_a_change_needs_a_reason_and_a_possible_share(self, staff: Client, given: dict[str, Any]) -> None:
        row = decisions.share(NEW_CHART, 10)

        answer = staff.post(reverse("admin:flags_flagshare_change", args=[row.id]), given)

        assert answer.status_code == 200
        with scope.as_role("platform"):
            assert FlagShare.objects.get(id=row.id).percent == 10


class TestException:
    def test_is_made_for_the_chosen_workspace_alone(
        self,
        staff: Client,
        tenant: Tenant,
        other_tenant: Tenant,
        as_tenant: Any,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        listed = staff.get(EXCEPTIONS, {"tenant_id": tenant.id}).content.decode()
        (address,) = re.findall(r'href="([^"]+)" class="addlink">Add feature flag exception', listed)
        assert NEW_CHART in staff.get(address).content.decode()

        with django_capture_on_commit_callbacks(execute=True):
            answer = staff.post(address, {"flag": NEW_CHART, "state": "on", "reason": "Asked for it"})

        assert answer.status_code == 302
        with as_tenant(tenant):
            assert flags.enabled(NEW_CHART)
        with as_tenant(other_tenant):
            assert not flags.enabled(NEW_CHART)
        entry = last_change()
        assert entry.tenant_id == tenant.id
        assert entry.detail.after == {"flag": NEW_CHART, "state": "on", "reason": "Asked for it"}

    def test_there_is_one_per_workspace_and_flag(self, staff: Client, tenant: Tenant) -> None:
        decisions.exception(NEW_CHART, tenant, "off")
        address = reverse("admin:flags_flagexception_add", query={"tenant_id": tenant.id})

        answer = staff.post(address, {"flag": NEW_CHART, "state": "on", "reason": "Asked for it"})

        assert "Change that one." in answer.content.decode()

    def test_can_be_withdrawn(self, staff: Client, tenant: Tenant) -> None:
        row = decisions.exception(NEW_CHART, tenant, "off")
        address = reverse("admin:flags_flagexception_change", args=[row.id], query={"tenant_id": tenant.id})

        answer = staff.post(address, {"state": "share", "reason": "The fault is mended"})

        assert answer.status_code == 302
        with scope.as_role("platform"):
            assert FlagException.objects.get(id=row.id).state == "share"

    def test_is_not_added_before_a_workspace_is_chosen(self, staff: Client) -> None:
        assert staff.get(reverse("admin:flags_flagexception_add")).status_code == 403
