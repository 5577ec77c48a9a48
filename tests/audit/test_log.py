"""The log: written with the act, never changed, read by its own tenant only."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.audit.models import AuditDetail, AuditEntry
from apps.audit.services import digest_of
from apps.core import clock
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests.factories import entitlements as plans

SignIn = Callable[[User], Client]


def record(target: str = "Li Wei", **details: Any) -> None:
    given = {"action": "members.removed", "target_type": "membership", "target_id": new_id()} | details
    with transaction.atomic():
        audit().record(target_label=target, **given)


def targets(**filters: Any) -> list[str]:
    return [entry.target_label for entry in audit().list_entries(filters=Filters(**filters)).entries]


@pytest.fixture
def log(tenant: Tenant, as_tenant: Any) -> Any:
    """The scope of a workspace's owner."""
    with as_tenant(tenant) as now:
        yield now


class TestEntries:
    """Who reads them, and what is in them."""

    def test_other_tenants_and_those_without_read_nothing(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            record("Ours")
        record("Nobody's")

        with as_tenant(tenant):
            assert "Ours" in targets()
            assert "Nobody's" not in targets()
            assert not AuditEntry.objects.filter(tenant_id=None).exists()
            assert not AuditDetail.objects.filter(tenant_id=None).exists()
        with as_tenant(other_tenant):
            assert "Ours" not in targets()

    def test_the_digest_tells_whether_details_were_changed(self, log: Any) -> None:
        record(before={"role": "Member"}, after={"role": "Ädmin"})
        entry = AuditEntry.objects.select_related("detail").order_by("-id")[0]

        assert entry.details_digest == digest_of(entry.detail)
        entry.detail.after["role"] = "Owner"
        assert entry.details_digest != digest_of(entry.detail)

    def test_the_entry_itself_names_nobody(self, log: Any) -> None:
        record("Li Wei", after={"role": "Admin"})
        row = AuditEntry.objects.order_by("-id").values()[0]
        assert not {"Li Wei", log.actor.label, "Admin"} & {str(value) for value in row.values()}

    def test_a_float_is_kept_as_text(self, log: Any) -> None:
        """Python and PostgreSQL write some of them differently, and the digest would not hold."""
        record(before={"share": 0.5}, after={"share": 1e22, "inside": {"parts": [1, 1e-07, True]}})
        detail = AuditDetail.objects.order_by("-entry_id")[0]

        assert detail.before == {"share": "0.5"}
        assert detail.after == {"share": "1e+22", "inside": {"parts": [1, "1e-07", True]}}
        assert detail.entry.details_digest == digest_of(detail)


class TestPage:
    def page(self, tenant: Tenant) -> str:
        return reverse("audit:list", args=[tenant.slug])

    def test_a_plan_shows_some_days_and_says_that_older_ones_are_kept(
        self, tenant: Tenant, log: Any, member: Any, signed_in: SignIn
    ) -> None:
        with time_machine.travel(clock.now() - timedelta(days=8), tick=False):
            record("Long ago")
        record("Just now")
        plans.override(tenant, "audit.days", 7)

        for query in ("", "?since=2020-01-01"):
            text = signed_in(member("owner")).get(self.page(tenant) + query).content.decode()
            assert "Just now" in text
            assert "Long ago" not in text
        assert "Your plan shows the last 7 days." in text
        kept = audit().list_all_entries(filters=Filters()).entries
        assert "Long ago" in [entry.target_label for entry in kept]

    @pytest.mark.parametrize(
        ("role", "status"), [("owner", 200), ("admin", 200), ("member", 403), ("viewer", 403)]
    )
    def test_who_may_read(
        self, tenant: Tenant, member: Any, signed_in: SignIn, role: str, status: int
    ) -> None:
        assert signed_in(member(role)).get(self.page(tenant)).status_code == status

    def test_days_are_the_readers(
        self, tenant: Tenant, member: Any, signed_in: SignIn, as_tenant: Any
    ) -> None:
        reader = member("admin", time_zone="Pacific/Auckland")
        with (
            time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC)),
            as_tenant(tenant),
        ):  # 2 March, 01:00 there
            record("Late")
        client = signed_in(reader)

        def shown(**query: str) -> bool:
            return "Late" in client.get(self.page(tenant), query).content.decode()

        assert shown(since="2026-03-02", until="2026-03-02")
        assert not shown(until="2026-03-01")
        page = client.get(self.page(tenant)).content.decode()
        assert "Monday, 2 March 2026" in page
        assert "01:00:00" in page
        assert "Times are those of Pacific/Auckland." in page

    def test_what_nobody_did_yet_can_be_asked_for(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        answer = signed_in(member("admin")).get(self.page(tenant), {"action": "workspace.policy_bypassed"})
        assert answer.status_code == 200
        assert "Nothing matches these filters" in answer.content.decode()

    def test_only_what_changed_is_shown(
        self, tenant: Tenant, member: Any, signed_in: SignIn, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            record(
                before={"role": "member", "title": "", "note": "x", "until": None},
                after={"role": "admin", "title": "", "seats": 0, "until": ""},
            )

        page = signed_in(member("admin")).get(self.page(tenant))

        ((_day, rows),) = page.context["days"]
        assert rows[0]["changes"] == [("note", "x", None), ("role", "Member", "Admin"), ("seats", None, 0)]

    @pytest.mark.parametrize(
        "query",
        [
            {"actor": "nobody"},
            {"action": "nothing"},
            {"target": "x"},
            {"since": "yesterday"},
            {"until": "2026-02-30"},
            {"until": "9999-12-31"},
            {"since": "0001-01-01"},
            {"cursor": "x"},
            {"actor": "\x00"},
        ],
    )
    def test_bad_filters_are_no_error_of_ours(
        self, tenant: Tenant, member: Any, signed_in: SignIn, query: dict[str, str]
    ) -> None:
        answer = signed_in(member("admin", time_zone="Pacific/Auckland")).get(self.page(tenant), query)
        assert answer.status_code in (200, 400, 422)

    def test_nothing_found_says_so(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        answer = signed_in(member("admin")).get(self.page(tenant), {"until": "2001-01-01"})
        assert "Nothing matches these filters" in answer.content.decode()

    def test_the_next_page_keeps_the_filters(
        self, tenant: Tenant, member: Any, signed_in: SignIn, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            for number in range(51):
                record(f"{number}", action="members.joined")
        client = signed_in(member("admin"))

        first = client.get(self.page(tenant), {"action": "members.joined"})
        second = client.get(first.context["next"])

        assert "action=members.joined" in first.context["next"]
        ((_day, rows),) = second.context["days"]
        assert [row["entry"].target_label for row in rows] == ["0"]

    def test_few_queries(
        self,
        tenant: Tenant,
        member: Any,
        signed_in: SignIn,
        as_tenant: Any,
        django_assert_max_num_queries: Any,
    ) -> None:
        with as_tenant(tenant):
            for number in range(10):
                record(f"{number}")
        client = signed_in(member("admin"))
        client.get(self.page(tenant))

        with django_assert_max_num_queries(8):
            assert client.get(self.page(tenant)).status_code == 200
