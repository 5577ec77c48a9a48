"""What support sees and may do in a workspace, and when that ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiKey, User
from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.core import clock, scope
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.support import support_end_due
from tests.factories import support
from tests.factories import tenancy as workspaces
from tests.factories.accounts import switch_off

# A read-only transaction stays so to its end, and the tests' own would be one.
pytestmark = pytest.mark.django_db(transaction=True)

READ_ONLY = "This support session is read-only. Nothing was changed."
NOT_FOR_SUPPORT = "It is for members of the workspace alone."


@pytest.fixture
def ana(tenant: Tenant) -> User:
    return workspaces.member(tenant, name="Ana Ruiz")


@pytest.fixture
def boss(tenant: Tenant) -> User:
    return workspaces.member(tenant, "owner", name="Bea Boss")


@pytest.fixture
def staff() -> User:
    return support.support()


@pytest.fixture
def looking(tenant: Tenant, ana: User, staff: User) -> Client:
    """The browser of support, who looks at the workspace as Ana."""
    return support.begin(tenant, ana, staff=staff)


@pytest.fixture
def changing(tenant: Tenant, boss: User, staff: User) -> Client:
    """The browser of support, who may change things as an owner."""
    return support.begin(tenant, boss, staff=staff, may_write="on")


@pytest.fixture
def page(tenant: Tenant) -> str:
    return reverse("tenancy:members", args=[tenant.slug])


def last_entry(tenant: Tenant, action: str) -> AuditEntry:
    with scope.use(tenant_id=tenant.id):
        found = AuditEntry.objects.select_related("detail").filter(tenant_id=tenant.id, action=action)
        return found.latest("id")


def refusals(tenant: Tenant, staff: User, member: User) -> list[str]:
    """Return what was refused to support, the oldest first; both names stand in each entry."""
    with scope.use(tenant_id=tenant.id):
        rows = AuditEntry.objects.select_related("detail").order_by("id")
        found = list(rows.filter(tenant_id=tenant.id, action="support.refused"))
    names = {(row.actor_kind, row.actor_id, row.on_behalf_of_id) for row in found}
    assert names <= {("staff", staff.id, member.id)}
    return [row.detail.target_label for row in found]


def sentence_of(answer: Any, status: int = 403) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


class TestLooking:
    def test_pages_are_the_members_with_a_banner(self, looking: Client, tenant: Tenant, page: str) -> None:
        shown = looking.get(page).content.decode()
        assert f"You see {tenant.name} as Ana Ruiz." in shown
        assert "Read-only." in shown
        assert "15 minutes left." in shown
        assert looking.get(reverse("tenancy:settings", args=[tenant.slug])).status_code == 403

    def test_other_workspaces_of_the_member_stay_unseen(
        self, looking: Client, ana: User, page: str, other_tenant: Tenant
    ) -> None:
        workspaces.member(other_tenant, user=ana)
        assert other_tenant.name not in looking.get(page).content.decode()
        assert looking.get(reverse("tenancy:members", args=[other_tenant.slug])).status_code == 403

    def test_nothing_is_changed(self, looking: Client, tenant: Tenant) -> None:
        answer = looking.post(reverse("tenancy:leave", args=[tenant.slug]))
        assert READ_ONLY in sentence_of(answer)

    def test_what_was_tried_is_recorded_under_both_names(
        self, looking: Client, tenant: Tenant, staff: User, ana: User
    ) -> None:
        address = reverse("tenancy:leave", args=[tenant.slug])
        looking.post(address)
        entry = last_entry(tenant, "support.refused")
        assert (entry.actor_kind, entry.actor_id, entry.on_behalf_of_id) == ("staff", staff.id, ana.id)
        assert to_entry(entry).sentence.endswith(f"tried what is not for support: POST {address}.")

    def test_the_database_refuses_too(
        self, looking: Client, tenant: Tenant, page: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def careless(*_arguments: Any, **_more: Any) -> Any:
            with transaction.atomic():
                Membership.objects.filter(tenant_id=scope.tenant_id()).update(role="owner")

        monkeypatch.setattr("apps.tenancy.selectors.members", careless)
        monkeypatch.setattr("apps.tenancy.views.members.selectors.members", careless)
        assert READ_ONLY in sentence_of(looking.get(page))
        assert last_entry(tenant, "support.refused").detail.target_label == f"GET {page}"

    def test_it_does_not_become_the_workspace_opened_last(
        self, looking: Client, tenant: Tenant, ana: User, page: str
    ) -> None:
        looking.get(page)
        with scope.use(tenant_id=tenant.id):
            assert Membership.objects.get(tenant=tenant, user=ana).opened_at is None

    def test_what_the_member_may_not_see_is_refused_and_recorded(
        self, looking: Client, tenant: Tenant, staff: User, ana: User
    ) -> None:
        assert looking.get(reverse("audit:list", args=[tenant.slug])).status_code == 403
        entry = last_entry(tenant, "access.denied")
        assert (entry.actor_kind, entry.actor_id, entry.on_behalf_of_id) == ("staff", staff.id, ana.id)

    def test_what_would_be_a_file_is_refused_and_recorded(
        self, looking: Client, tenant: Tenant, page: str, ana: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def download(*_arguments: Any, **_more: Any) -> HttpResponse:
            return HttpResponse("names", headers={"Content-Disposition": "attachment"})

        monkeypatch.setattr("apps.tenancy.views.members.render", download)
        assert NOT_FOR_SUPPORT in sentence_of(looking.get(page))
        entry = last_entry(tenant, "support.refused")
        assert (entry.on_behalf_of_id, entry.detail.target_label) == (ana.id, f"GET {page}")


class TestElsewhere:
    @pytest.mark.parametrize(
        "address",
        ["/", "/account/", "/account/sessions/", "/home/", "/admin/", "/workspaces/new/", "/api/docs/"],
    )
    def test_nothing_else_is_open(self, looking: Client, address: str) -> None:
        assert looking.get(address).status_code == 403

    def test_the_api_is_not_open(self, looking: Client, tenant: Tenant) -> None:
        answer = looking.get("/api/v1/members", headers={settings.WORKSPACE_HEADER: tenant.slug})
        assert (answer.status_code, answer.json()["code"]) == (403, "support_elsewhere")

    def test_what_was_tried_is_recorded_and_names_nothing_of_others(
        self, looking: Client, tenant: Tenant, other_tenant: Tenant, staff: User, ana: User
    ) -> None:
        for address in (f"/w/{other_tenant.slug}/members/", "/admin/", "/", "/admin/"):
            looking.get(address)
        looking.post("/account/sessions/")
        tried = ["GET /w/…", "GET /admin/…", "GET /", "POST /account/…"]
        assert refusals(tenant, staff, ana) == tried
        assert refusals(other_tenant, staff, ana) == []

    def test_no_session_within_a_session(self, looking: Client, tenant: Tenant, boss: User) -> None:
        assert support.ask(looking, tenant, boss).status_code == 403
        assert len(support.sessions(tenant)) == 1


class TestChanging:
    @pytest.mark.parametrize(
        "route",
        [
            "accounts:key_create",
            "audit:export",
            "billing:checkout",
            "billing:portal",
            "notifications:preferences",
            "tenancy:address",
            "tenancy:delete",
            "tenancy:domains",
            "tenancy:hosts",
            "tenancy:invite",
            "tenancy:leave",
            "tenancy:role_create",
            "tenancy:security",
            "tenancy:settings",
            "tenancy:support_allow",
            "webhooks:add",
        ],
    )
    def test_what_is_for_members_alone(self, changing: Client, tenant: Tenant, route: str) -> None:
        address = reverse(route, args=[tenant.slug])
        assert NOT_FOR_SUPPORT in sentence_of(changing.post(address))
        assert last_entry(tenant, "support.refused").detail.target_label == f"POST {address}"

    def test_what_asks_for_a_step_up_is_not_even_shown(self, changing: Client, tenant: Tenant) -> None:
        for route in ("accounts:key_create", "tenancy:security", "tenancy:delete", "audit:export"):
            answer = changing.get(reverse(route, args=[tenant.slug]))
            assert NOT_FOR_SUPPORT in sentence_of(answer)
            assert last_entry(tenant, "support.refused").actor_kind == "staff"

    def test_it_yields_no_key(self, changing: Client, tenant: Tenant) -> None:
        changing.post(reverse("accounts:key_create", args=[tenant.slug]), {"name": "Mine", "role": "owner"})
        with scope.use(tenant_id=tenant.id):
            assert not ApiKey.objects.filter(tenant_id=tenant.id).exists()

    def test_it_only_looks_once_the_workspace_says_so(self, changing: Client, tenant: Tenant) -> None:
        support.consent(tenant, "look")
        answer = changing.post(reverse("tenancy:leave", args=[tenant.slug]))
        assert READ_ONLY in sentence_of(answer)


@pytest.mark.parametrize(
    "address",
    [
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_generate_recovery_codes",
        "mfa_add_webauthn",
        "account_change_password",
        "account_email",
        "account:delete",
        "account:data",
    ],
)
def test_impersonator_changing_mfa_is_refused(changing: Client, address: str) -> None:
    """And so are password, address, and all else that is a person's own. An attack case of the research page."""
    for answer in (changing.get(reverse(address)), changing.post(reverse(address))):
        assert "End the support session first." in sentence_of(answer)


class TestEnding:
    def over(self, browser: Client, page: str, tenant: Tenant, ending: str) -> None:
        """Check that the browser is out at its next request, and why."""
        assert "This support session is over." in sentence_of(browser.get(page))
        self.noted(tenant, ending)
        (row,) = support.sessions(tenant)
        assert refusals(tenant, row.staff, row.user) == [f"GET {page}"]
        assert browser.get(page).status_code in (302, 404)

    def noted(self, tenant: Tenant, ending: str) -> None:
        (row,) = support.sessions(tenant)
        assert (row.ending, row.ended_at is None) == (ending, False)
        assert last_entry(tenant, "support.ended").target_id == row.id

    def test_by_the_button(self, looking: Client, tenant: Tenant, staff: User, ana: User, page: str) -> None:
        answer = looking.post(reverse("tenancy:support_end", args=[tenant.slug]))
        assert answer.url == f"/admin/tenancy/tenant/{tenant.id}/change/"
        self.noted(tenant, "staff")
        entry = last_entry(tenant, "support.ended")
        assert (entry.actor_id, entry.on_behalf_of_id) == (staff.id, ana.id)
        assert looking.get(answer.url).status_code == 200
        assert looking.get(page).status_code == 404

    def test_by_an_owner_who_lets_support_in_again(
        self, looking: Client, tenant: Tenant, page: str, boss: User, signed_in: Callable[[User], Client]
    ) -> None:
        hers, (row,) = signed_in(boss), support.sessions(tenant)
        address = reverse("tenancy:support_end_now", args=[tenant.slug, row.id])
        overview = reverse("tenancy:support", args=[tenant.slug])
        assert address in hers.get(overview).content.decode()

        assert hers.post(address).url == overview

        self.over(looking, page, tenant, "owner")
        assert last_entry(tenant, "support.ended").actor_id == boss.id
        assert address not in hers.get(overview).content.decode()
        support.ask(looking, tenant, workspaces.member(tenant))
        assert support.sessions(tenant)[-1].ended_at is None

    def test_by_nobody_else_in_the_workspace(
        self, looking: Client, changing: Client, tenant: Tenant, signed_in: Callable[[User], Client]
    ) -> None:
        for row in support.sessions(tenant):
            address = reverse("tenancy:support_end_now", args=[tenant.slug, row.id])
            for browser in (signed_in(workspaces.member(tenant, "admin")), looking, changing):
                assert browser.post(address).status_code == 403
        assert [row.ending for row in support.sessions(tenant)] == ["", ""]

    def test_by_logging_out(self, looking: Client, tenant: Tenant) -> None:
        looking.post(reverse("account_logout"))
        self.noted(tenant, "staff")

    def test_when_time_is_up(self, looking: Client, tenant: Tenant, page: str) -> None:
        with clock.stopped_at(clock.now() + timedelta(minutes=16)):
            self.over(looking, page, tenant, "time")
        (row,) = support.sessions(tenant)
        assert row.ended_at == row.until

    def test_when_nobody_comes_back(self, looking: Client, tenant: Tenant) -> None:
        support_end_due()
        assert support.sessions(tenant)[0].ended_at is None
        with clock.stopped_at(clock.now() + timedelta(minutes=16)):
            support_end_due()
        self.noted(tenant, "time")

    def test_when_access_is_withdrawn(self, looking: Client, tenant: Tenant, page: str) -> None:
        support.consent(tenant, "off")
        self.noted(tenant, "withdrawn")
        self.over(looking, page, tenant, "withdrawn")

    def test_when_the_member_leaves(self, looking: Client, tenant: Tenant, page: str, ana: User) -> None:
        with scope.use(tenant_id=tenant.id), transaction.atomic():
            Membership.objects.get(tenant=tenant, user=ana).delete()
        self.over(looking, page, tenant, "member")

    def test_when_the_member_becomes_staff(
        self, looking: Client, tenant: Tenant, page: str, ana: User
    ) -> None:
        with scope.as_role("platform"):
            User.objects.filter(id=ana.id).update(is_staff=True)
        self.over(looking, page, tenant, "member")

    def test_when_staff_are_switched_off(
        self, looking: Client, tenant: Tenant, page: str, staff: User
    ) -> None:
        switch_off(staff.id)
        self.over(looking, page, tenant, "staff_gone")

    def test_when_they_are_no_longer_support(
        self, looking: Client, tenant: Tenant, page: str, staff: User
    ) -> None:
        with scope.as_role("platform"):
            User.objects.filter(id=staff.id).update(is_support=False)
        self.over(looking, page, tenant, "staff_gone")


def test_a_session_is_worth_nothing_in_another_browser(
    looking: Client, tenant: Tenant, page: str, signed_in: Callable[[User], Client]
) -> None:
    thief = signed_in(workspaces.person())
    kept = thief.session
    kept["support"] = looking.session["support"]
    kept.save()
    assert "This support session is over." in sentence_of(thief.get(page))
    with scope.use(tenant_id=tenant.id):
        assert not AuditEntry.objects.filter(tenant_id=tenant.id, action="support.refused").exists()
