"""What staff see, in which tenant, and what is written down about it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiKey, AuthSession, User
from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.core import flags, scope
from apps.core.backoffice import TenantModelAdmin
from apps.events.models import Delivery, OutboxEvent
from apps.jobs.models import Job, ScheduledRun, Task
from apps.notifications.models import Suppression
from apps.tenancy.models import ErasureReceipt, SupportSession, Tenant
from apps.tenancy.services.invitations import invitation_create
from apps.tenancy.services.roles import role_create
from tests.accounts.tokens.conftest import App
from tests.bookshop.models import Book, Shelf
from tests.factories import billing, products, webhooks
from tests.factories import entitlements as plans
from tests.factories import flags as decisions
from tests.factories import tenancy as workspaces

InTenant = Callable[..., AbstractContextManager[scope.Scope]]
Recorded = Callable[[], list[AuditEntry]]
PAGES = list(admin.site._registry.values())


@pytest.fixture
def full(tenant: Tenant, as_tenant: InTenant, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """A workspace with a row of everything."""
    monkeypatch.setattr(flags, "_declared", {})
    flags.declare("radar.new_chart", "Chart that can be zoomed", owner="Ana", ends_on=date.max)
    decisions.share("radar.new_chart", 10)
    decisions.exception("radar.new_chart", tenant, "on")
    workspaces.api_client(tenant)
    plans.facts(tenant, plan="unlimited")
    plans.override(tenant, "audit.days", 30)
    with as_tenant(tenant), transaction.atomic():
        shelf = Shelf.objects.create(name="Alder")
        Book.objects.create(shelf=shelf, title="Alder cuts prices")
        products.tell("there")
        webhooks.tell("there")
        billing.everything()
        owner = tenant.memberships.get().user
        SupportSession.objects.create(staff=owner, user=owner, reason="To see", until=tenant.created_at)
    with scope.as_role("platform"), transaction.atomic():
        event = OutboxEvent.objects.filter(tenant_id=tenant.id).earliest("id")
        Delivery.objects.create(event=event, consumer="radar.test")
        task = Task.objects.create(
            name="jobs.prune", queue="default", tenant_id=tenant.id, state=Task.State.DEAD
        )
        Job.objects.create(tenant_id=tenant.id, task_id=task.id, kind=task.name, title="Prune")
        ScheduledRun.objects.create(name=task.name, due_at=tenant.created_at)
        Suppression.objects.create(address="gone@example.com", reason=Suppression.Reason.BOUNCED)
        ErasureReceipt.objects.create(workspace_id=uuid4(), requested_at=tenant.created_at)
    return tenant


def list_url(page: Any, **query: Any) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist", query=query)


def row_url(row: Model, **query: Any) -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk], query=query)


def some_row(page: Any, tenant: Tenant) -> Any:
    with scope.use(role="platform", tenant_id=tenant.id, cell=tenant.cell.schema_name):
        rows = page.model.objects.all()
        if isinstance(page, TenantModelAdmin):
            rows = page.of_tenant(rows, tenant.id)
        return rows.earliest("pk")


def fixed_values(page: Any, row: Model) -> dict[str, Any]:
    """The values of a row that the page may not change."""
    names = (field.attname for field in row._meta.concrete_fields if field.name not in page.editable)
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.opts.label_lower)
class TestEveryPage:
    def test_list_is_shown_and_recorded(
        self, page: Any, full: Tenant, staff: Client, recorded: Recorded, django_assert_max_num_queries: Any
    ) -> None:
        choice = {"tenant_id": full.id} if isinstance(page, TenantModelAdmin) else {}
        with django_assert_max_num_queries(12):
            response = staff.get(list_url(page, **choice))
        assert response.status_code == 200
        (entry,) = recorded()
        assert (entry.action, entry.actor_kind) == ("backoffice.listed", "staff")
        assert entry.tenant_id == choice.get("tenant_id")

    def test_row_is_shown_and_recorded(
        self, page: Any, full: Tenant, staff: Client, recorded: Recorded, django_assert_max_num_queries: Any
    ) -> None:
        row = some_row(page, full)
        with django_assert_max_num_queries(16):
            response = staff.get(row_url(row, tenant_id=full.id))
        assert response.status_code == 200
        (entry,) = recorded()
        assert (entry.action, entry.target_id) == ("backoffice.viewed", row.pk)
        with scope.as_role("platform"):
            assert entry.tenant_id == page.tenant_of(row)

    def test_nothing_is_deleted_done_in_masses_or_added_where_it_may_not_be(
        self, page: Any, full: Tenant, staff: Client
    ) -> None:
        row = some_row(page, full)
        name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
        query = {"tenant_id": full.id}
        added = staff.get(reverse(f"{name}_add", query=query)).status_code
        assert added == (200 if page.addable else 403)
        assert staff.post(reverse(f"{name}_delete", args=[row.pk], query=query)).status_code == 403
        masses = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
        staff.post(list_url(page, **query), masses)
        assert some_row(page, full) is not None

    def test_what_is_read_only_is_not_written(self, page: Any, full: Tenant, staff: Client) -> None:
        row = some_row(page, full)
        before = fixed_values(page, row)

        answer = staff.post(
            row_url(row, tenant_id=full.id),
            dict.fromkeys(before, "Changed"),
        )

        assert page.editable or answer.status_code == 403
        assert fixed_values(page, some_row(page, full)) == before

    def test_search_takes_anything(self, page: Any, full: Tenant, staff: Client) -> None:
        for text in ["%", "'", "\\", "ü" * 300, "0"]:
            response = staff.get(list_url(page, tenant_id=full.id, q=text), follow=True)
            assert response.status_code == 200


class TestLists:
    """A page of many rows takes as many queries as a page of few."""

    @pytest.mark.parametrize("model", [AuditEntry, OutboxEvent])
    def test_rows_of_many_workspaces_are_named_at_once(
        self, model: type[Model], staff: Client, db: None, django_assert_max_num_queries: Any
    ) -> None:
        for _number in range(6):
            workspaces.workspace()
        with django_assert_max_num_queries(12):
            response = staff.get(list_url(admin.site._registry[model]))
        assert response.content.count(b"/admin/tenancy/tenant/") > 6

    def test_members_are_shown_at_once(
        self, staff: Client, tenant: Tenant, member: Callable[..., User], django_assert_max_num_queries: Any
    ) -> None:
        people = [member() for _number in range(6)]
        with django_assert_max_num_queries(16):
            page = staff.get(row_url(tenant)).content.decode()
        assert all(person.email in page for person in people)

    def test_roles_of_a_workspaces_own_are_named(self, staff: Client, tenant: Tenant) -> None:
        with workspaces.scope_of(tenant):
            role = role_create(name="Tax adviser", permission_names=["members.invite"])
            invitation_create(email="tax@example.com", role=role.key)
        page = staff.get(row_url(tenant)).content.decode()
        assert "Tax adviser" in page
        assert role.key not in page

    def test_parked_deliveries_are_found(self, staff: Client, full: Tenant) -> None:
        with scope.as_role("platform"), transaction.atomic():
            delivery = Delivery.objects.get()
            Delivery.objects.update(parked_at=delivery.due_at, error="No answer")
        assert b"No answer" in staff.get("/admin/events/delivery/?state=parked").content
        assert b"No answer" not in staff.get("/admin/events/delivery/?state=waiting").content

    def test_a_list_of_all_workspaces_is_recorded_for_none(
        self, staff: Client, full: Tenant, recorded: Recorded
    ) -> None:
        staff.get("/admin/accounts/apikey/")
        (entry,) = recorded()
        assert entry.tenant_id is None

    def test_a_search_is_recorded(self, staff: Client, recorded: Recorded) -> None:
        staff.get("/admin/accounts/user/?q=ana@example.com")
        (entry,) = recorded()
        assert entry.detail.after == {"search": "ana@example.com"}


class TestProductData:
    """Rows in cells are shown for one workspace at a time."""

    def test_a_workspace_is_chosen_first(self, staff: Client, full: Tenant) -> None:
        for address in [
            list_url(admin.site._registry[Shelf]),
            f"/admin/bookshop/shelf/{uuid4()}/change/",
        ]:
            assert staff.get(address).url == "/admin/tenancy/tenant/"
        assert b"/admin/bookshop/" not in staff.get("/admin/").content

    def test_a_workspaces_page_leads_to_its_data(self, staff: Client, full: Tenant) -> None:
        page = staff.get(row_url(full)).content.decode()
        assert f"/admin/bookshop/shelf/?tenant_id={full.id}" in page
        listed = staff.get(f"/admin/bookshop/shelf/?tenant_id={full.id}").content.decode()
        assert "Alder" in listed
        link, *_others = re.findall(r'href="(/admin/bookshop/shelf/[^"]+/change/[^"]*)"', listed)
        assert staff.get(unescape(link)).status_code == 200

    def test_of_two_in_the_pool_only_the_chosen_one_is_shown(
        self, staff: Client, full: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant), transaction.atomic():
            foreign = Shelf.objects.create(name="Foreign")
        page = staff.get(f"/admin/bookshop/shelf/?tenant_id={full.id}").content
        assert b"Alder" in page
        assert b"Foreign" not in page
        assert staff.get(row_url(foreign, tenant_id=full.id)).status_code == 302

    def test_a_silo_is_read_in_its_own_cell(self, staff: Client, full: Tenant, silo: Tenant) -> None:
        page = staff.get(f"/admin/bookshop/shelf/?tenant_id={silo.id}").content
        assert b"Siloed" in page
        assert b"Alder" not in page

    @pytest.mark.parametrize("choice", ["nonsense", "", str(UUID(int=0)), "%00"])
    def test_an_unknown_workspace_is_not_found(self, staff: Client, choice: str) -> None:
        assert staff.get(f"/admin/bookshop/shelf/?tenant_id={choice}").status_code == 404

    def test_a_key_shows_no_hash(self, staff: Client, full: Tenant) -> None:
        with scope.as_role("platform"):
            key = ApiKey.objects.get()
        assert key.secret_hash not in staff.get(row_url(key)).content.decode()


class TestWhatCustomersRead:
    def test_sentences(self, staff: Client, full: Tenant, recorded: Recorded) -> None:
        shelf = some_row(admin.site._registry[Shelf], full)
        staff.get(row_url(full))
        staff.get(list_url(admin.site._registry[Shelf], tenant_id=full.id))
        staff.get(row_url(shelf, tenant_id=full.id))
        assert [to_entry(entry).sentence for entry in recorded()] == [
            f"{settings.PRODUCT_NAME} staff viewed the workspace “{full.name}”.",
            f"{settings.PRODUCT_NAME} staff viewed the list of shelves.",
            f"{settings.PRODUCT_NAME} staff viewed the shelf “Alder”.",
        ]
        assert {entry.tenant_id for entry in recorded()} == {full.id}


class TestPeople:
    def test_staff_keep_somebody_out_and_it_is_recorded(
        self, staff: Client, person: User, recorded: Recorded
    ) -> None:
        response = staff.post(
            row_url(person), {**management_form(), "is_staff": "on", "email": "new@example.com"}
        )
        assert response.status_code == 302
        person.refresh_from_db()
        assert (person.is_active, person.is_staff, person.email != "new@example.com") == (False, False, True)
        (entry,) = recorded()
        assert (entry.action, entry.target_id) == ("backoffice.changed", person.id)
        assert (entry.detail.before, entry.detail.after) == ({"is_active": True}, {"is_active": False})

    def test_who_is_kept_out_is_signed_out_everywhere(
        self, staff: Client, person: User, signed_in: Any
    ) -> None:
        browser, app = signed_in(person), App(person).sign_in()
        browser.get(reverse("account:profile"))
        staff.post(row_url(person), management_form())

        assert not UserSession.objects.filter(user=person).exists()
        with scope.use(user_id=person.id):
            assert AuthSession.objects.get().revoked_at
        staff.post(row_url(person), {**management_form(), "is_active": "on"})
        assert browser.get(reverse("account:profile")).status_code == 302
        assert app.get("/api/auth/app/v1/auth/session").status_code == 401
        assert app.refresh().status_code == 401

    def test_nobody_locks_themselves_out(self, staff: Client, staff_member: User) -> None:
        assert staff.post(row_url(staff_member), management_form()).status_code == 403

    def test_passwords_are_not_shown(self, staff: Client, person: User) -> None:
        page = staff.get(row_url(person)).content.decode()
        assert person.password not in page
        assert "password" not in page.replace("password_change", "").replace("Change password", "")

    def test_history_is_the_audit_log(self, staff: Client, person: User) -> None:
        response = staff.get(reverse("admin:accounts_user_history", args=[person.pk]), follow=True)
        assert response.redirect_chain == [(f"/admin/audit/auditentry/?target_id={person.pk}", 302)]
        assert response.status_code == 200


def management_form() -> dict[str, Any]:
    return {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0}
