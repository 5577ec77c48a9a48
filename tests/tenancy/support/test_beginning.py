"""How support comes into a workspace: by its consent, for a reason and a while, and not unnoticed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.core import clock, scope
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.notifications.models import Notification
from apps.tenancy.models import Membership, Tenant
from tests.factories import support
from tests.factories import tenancy as workspaces
from tests.factories.accounts import let_time_pass, switch_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(tenant: Tenant) -> User:
    return workspaces.member(tenant, name="Ana Ruiz")


@pytest.fixture
def staff() -> User:
    return support.support()


@pytest.fixture
def browser(staff: User) -> Client:
    return support.browser_of(staff)


def entries(tenant: Tenant) -> list[AuditEntry]:
    with scope.use(tenant_id=tenant.id):
        found = AuditEntry.objects.select_related("detail").filter(tenant_id=tenant.id).order_by("id")
        return [entry for entry in found if entry.action.startswith("support.")]


def test_from_the_workspaces_page(browser: Client, tenant: Tenant, ana: User) -> None:
    support.consent(tenant)
    page = browser.get(f"/admin/tenancy/tenant/{tenant.id}/change/").content.decode()
    assert page.count("Work as this person…") == 2

    answer = support.ask(browser, tenant, ana)

    assert answer.url == f"/w/{tenant.slug}/"
    (row,) = support.sessions(tenant)
    assert (row.user_id, row.reason, row.ticket, row.may_write) == (
        ana.id,
        "The chart stays empty",
        "T-17",
        False,
    )
    assert timedelta(minutes=14) < row.until - clock.now() <= timedelta(minutes=15)


def test_both_names_are_in_the_log(browser: Client, staff: User, tenant: Tenant, ana: User) -> None:
    support.consent(tenant)
    support.ask(browser, tenant, ana)
    (entry,) = entries(tenant)
    assert (entry.actor_kind, entry.actor_id, entry.on_behalf_of_id) == ("staff", staff.id, ana.id)
    sentence = (
        f"Sam Berg ({settings.PRODUCT_NAME} support) as Ana Ruiz opened the workspace: The chart stays empty"
    )
    assert to_entry(entry).sentence == sentence


def test_owners_are_told_at_once(browser: Client, tenant: Tenant, ana: User, mailoutbox: list[Any]) -> None:
    support.consent(tenant)
    support.ask(browser, tenant, ana)
    deliver_due()
    run_due_tasks()
    with scope.as_role("platform"):
        told = Notification.objects.get(tenant_id=tenant.id)
    assert told.kind == "workspace.support_began"
    assert told.user_id != ana.id
    (mail,) = mailoutbox
    assert "Support opened the workspace as Ana Ruiz." in mail.subject + mail.body
    assert "The chart stays empty" in mail.body


class TestRefused:
    def refused(self, answer: Any, tenant: Tenant, status: int, sentence: str) -> None:
        assert (answer.status_code, sentence in answer.content.decode().replace("&#x27;", "'")) == (
            status,
            True,
        )
        assert support.sessions(tenant) == []

    def test_without_consent(self, browser: Client, tenant: Tenant, ana: User) -> None:
        answer = support.ask(browser, tenant, ana)
        self.refused(answer, tenant, 403, "This workspace doesn't let support in.")

    def test_after_the_last_day(self, browser: Client, tenant: Tenant, ana: User) -> None:
        support.consent(tenant, until=clock.now().date())
        with clock.stopped_at(clock.now() + timedelta(days=1)):
            staff = support.support()
            answer = support.ask(support.browser_of(staff), tenant, ana)
        self.refused(answer, tenant, 403, "This workspace doesn't let support in.")

    def test_staff_who_are_not_support(self, tenant: Tenant, ana: User) -> None:
        support.consent(tenant)
        answer = support.ask(support.browser_of(support.support(is_support=False)), tenant, ana)
        self.refused(answer, tenant, 403, "Only support may work in a workspace")

    def test_members_who_are_not_staff(self, tenant: Tenant, ana: User) -> None:
        support.consent(tenant)
        assert support.ask(support.browser_of(ana), tenant, ana).status_code == 404

    def test_a_log_in_of_long_ago(self, browser: Client, tenant: Tenant, ana: User) -> None:
        support.consent(tenant)
        let_time_pass(browser)
        assert support.ask(browser, tenant, ana).url.startswith("/account/reauthenticate/")
        assert support.sessions(tenant) == []

    @pytest.mark.parametrize("minutes", ["0", "61", "a while"])
    def test_another_time_than_an_hour(
        self, browser: Client, tenant: Tenant, ana: User, minutes: str
    ) -> None:
        support.consent(tenant)
        assert support.ask(browser, tenant, ana, minutes=minutes).status_code == 422
        assert support.sessions(tenant) == []

    def test_no_reason(self, browser: Client, tenant: Tenant, ana: User) -> None:
        support.consent(tenant)
        assert support.ask(browser, tenant, ana, reason="  ").status_code == 422
        assert support.sessions(tenant) == []

    def test_changing_where_only_looking_is_allowed(self, browser: Client, tenant: Tenant, ana: User) -> None:
        support.consent(tenant, "look")
        answer = support.ask(browser, tenant, ana, may_write="on")
        self.refused(answer, tenant, 422, "This workspace lets support look, but change nothing.")

    @pytest.mark.parametrize("details", [{"is_staff": True}, {"is_superuser": True}])
    def test_standing_in_for_staff(self, browser: Client, tenant: Tenant, details: Any) -> None:
        support.consent(tenant)
        with scope.as_role("platform"):
            colleague = workspaces.member(tenant, **details)
        self.refused(
            support.ask(browser, tenant, colleague), tenant, 403, "Support can't work as this person."
        )

    def test_standing_in_for_oneself(self, browser: Client, tenant: Tenant, staff: User) -> None:
        support.consent(tenant)
        workspaces.member(tenant, user=staff)
        self.refused(support.ask(browser, tenant, staff), tenant, 403, "Support can't work as this person.")

    def test_somebody_who_was_switched_off(self, browser: Client, tenant: Tenant, ana: User) -> None:
        support.consent(tenant)
        switch_off(ana.id)
        assert support.ask(browser, tenant, ana).status_code == 404

    def test_a_member_of_another_workspace(
        self, browser: Client, tenant: Tenant, other_tenant: Tenant, ana: User
    ) -> None:
        support.consent(other_tenant)
        with scope.use(tenant_id=tenant.id):
            membership = Membership.objects.get(tenant=tenant, user=ana)
        address = f"/admin/tenancy/tenant/{other_tenant.id}/support/{membership.id}/"
        assert browser.post(address, support.BEGINNING).status_code == 404


class TestConsent:
    def test_owners_set_it(self, tenant: Tenant, member: Callable[..., User], signed_in: Any) -> None:
        owner = signed_in(member("owner"))
        address = f"/w/{tenant.slug}/settings/support/"
        assert "No access" in owner.get(address).content.decode()
        assert owner.post(f"{address}allow/", {"access": "look", "until": ""}).url == address
        with scope.use(tenant_id=tenant.id):
            tenant.refresh_from_db()
        assert tenant.support_access == "look"

    def test_a_day_that_is_over(self, tenant: Tenant, member: Callable[..., User], signed_in: Any) -> None:
        answer = signed_in(member("owner")).post(
            f"/w/{tenant.slug}/settings/support/allow/", {"access": "look", "until": "2020-01-01"}
        )
        assert (answer.status_code, b"This day is over." in answer.content) == (422, True)

    def test_others_do_not(self, tenant: Tenant, member: Callable[..., User], signed_in: Any) -> None:
        admin = signed_in(member("admin"))
        address = f"/w/{tenant.slug}/settings/support/"
        assert admin.get(address).status_code == 200
        assert b'name="access"' not in admin.get(address).content
        assert admin.post(f"{address}allow/", {"access": "change"}).status_code == 403
        assert signed_in(member("member")).get(address).status_code == 403

    def test_sessions_are_listed(self, browser: Client, tenant: Tenant, ana: User, signed_in: Any) -> None:
        support.consent(tenant)
        support.ask(browser, tenant, ana)
        owner = workspaces.member(tenant, "owner")
        page = signed_in(owner).get(f"/w/{tenant.slug}/settings/support/").content.decode()
        for text in ("Sam Berg", "as Ana Ruiz", "The chart stays empty", "T-17", "open until"):
            assert text in page
