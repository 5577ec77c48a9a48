"""Suspending, deleting and keeping a workspace: who is let in, what they read, and what is written down."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.formats import date_format

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import clock, scope
from apps.core.errors import Invalid, PermissionDenied
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.erasing import workspace_erase
from apps.tenancy.services.lifecycle import (
    workspace_close,
    workspace_keep,
    workspace_resume,
    workspace_suspend,
)
from tests.factories import tenancy as workspaces

SignIn = Callable[[User], Client]
Member = Callable[..., User]
InTenant = Callable[..., AbstractContextManager[scope.Scope]]
REASON = "The last three invoices are not paid."


def owner_of(tenant: Tenant) -> User:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.select_related("user").get(tenant=tenant, role="owner").user


def sentences(tenant: Tenant) -> list[str]:
    with workspaces.scope_of(tenant):
        return [entry.sentence for entry in audit().list_entries(filters=Filters()).entries]


def suspend(tenant: Tenant, reason: str = REASON) -> None:
    with scope.as_role("platform"):
        workspace_suspend(tenant_id=tenant.id, reason=reason)


class TestSuspending:
    def test_everybody_is_told_why_from_the_next_request_on(
        self, tenant: Tenant, member: Member, signed_in: SignIn, settings: Any
    ) -> None:
        clients = [signed_in(person) for person in (owner_of(tenant), member("viewer"))]
        address = reverse("tenancy:members", args=[tenant.slug])
        assert [client.get(address).status_code for client in clients] == [200, 200]

        suspend(tenant)

        for client in clients:
            answer = client.get(address)
            assert answer.status_code == 403
            assert REASON in answer.content.decode()
            assert settings.SUPPORT_EMAIL in answer.content.decode()

    def test_programs_are_told_too(self, tenant: Tenant, api_client: Client) -> None:
        suspend(tenant)

        answer = api_client.get("/api/v1/members")

        assert (answer.status_code, answer.json()["code"]) == (403, "workspace_suspended")

    def test_it_costs_no_query(
        self, tenant: Tenant, member: Member, signed_in: SignIn, django_assert_num_queries: Any
    ) -> None:
        client = signed_in(member())
        suspend(tenant)
        address = reverse("tenancy:members", args=[tenant.slug])
        client.get(address)

        with django_assert_num_queries(3):  # the session, the person, the memberships
            client.get(address)

    def test_a_person_comes_home_to_another_workspace(
        self, tenant: Tenant, other_tenant: Tenant, member: Member, signed_in: SignIn
    ) -> None:
        person = workspaces.member(other_tenant, user=member())
        suspend(tenant)

        answer = signed_in(person).get(reverse("home"))

        assert answer.url == reverse("workspace", args=[other_tenant.slug])

    def test_lifting_it_lets_everybody_in_again(
        self, tenant: Tenant, member: Member, signed_in: SignIn
    ) -> None:
        suspend(tenant)
        with scope.as_role("platform"):
            workspace_resume(tenant_id=tenant.id)

        assert signed_in(member()).get(reverse("tenancy:members", args=[tenant.slug])).status_code == 200
        assert sentences(tenant)[:2] == [
            "Staff lifted the suspension.",
            f"Staff suspended the workspace: {REASON}",
        ]

    def test_no_customer_suspends(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), pytest.raises(PermissionDenied):
            workspace_suspend(tenant_id=tenant.id, reason=REASON)

    @pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
    def test_a_reason_is_needed(self, tenant: Tenant, reason: str) -> None:
        with pytest.raises(Invalid):
            suspend(tenant, reason)

    def test_staff_do_it_in_the_back_office(
        self, tenant: Tenant, person: User, signed_in: SignIn, member: Member
    ) -> None:
        with scope.as_role("platform"):
            User.objects.filter(id=person.id).update(is_staff=True)
        staff, address = signed_in(person), reverse("admin:tenancy_tenant_suspend", args=[tenant.id])
        assert address in staff.get(reverse("admin:tenancy_tenant_change", args=[tenant.id])).content.decode()
        assert staff.post(address, {"reason": ""}).status_code == 422
        assert signed_in(member()).post(address, {"reason": REASON}).status_code == 404

        for _click in range(2):
            assert staff.post(address, {"reason": REASON}).status_code == 302

        assert f"Staff suspended the workspace: {REASON}" in sentences(tenant)
        assert REASON in staff.get(address).content.decode()
        assert staff.post(address).status_code == 302
        with scope.as_role("platform"):
            assert Tenant.objects.get(id=tenant.id).suspended_at is None

    def test_a_command_does_it(self, tenant: Tenant) -> None:
        out = StringIO()
        call_command("workspace", "suspend", tenant.slug, "--reason", REASON, stdout=out)
        call_command("workspace", "resume", tenant.slug, stdout=out)

        assert "is suspended" in out.getvalue()
        assert "is open again" in out.getvalue()
        with pytest.raises(CommandError, match="no workspace"):
            call_command("workspace", "resume", "nobody", stdout=out)


class TestDeleting:
    def test_an_owner_types_the_address_and_keeps_seeing_it(
        self, tenant: Tenant, signed_in: SignIn, mailoutbox: Any
    ) -> None:
        client, address = signed_in(owner_of(tenant)), reverse("tenancy:delete", args=[tenant.slug])
        assert "Type" in client.get(address).content.decode()
        refused = client.post(address, {"confirm": "something else"})
        assert refused.status_code == 422
        assert f"Type “{tenant.slug}” exactly" in refused.content.decode()

        assert client.post(address, {"confirm": f" {tenant.slug} "}).status_code == 302

        page = client.get(reverse("tenancy:members", args=[tenant.slug])).content.decode()
        assert "This workspace was deleted." in page
        assert "Keep this workspace" in page

    def test_all_others_are_shut_out(
        self, tenant: Tenant, member: Member, signed_in: SignIn, as_tenant: InTenant, api_client: Client
    ) -> None:
        with as_tenant(tenant):
            workspace_close(confirm=tenant.slug)

        answer = signed_in(member("admin")).get(reverse("tenancy:members", args=[tenant.slug]))
        called = api_client.get("/api/v1/members")

        assert answer.status_code == 403
        assert owner_of(tenant).display_name in answer.content.decode()
        assert (called.status_code, called.json()["code"]) == (403, "workspace_closed")

    def test_keeping_it_opens_it_for_everybody(
        self, tenant: Tenant, member: Member, signed_in: SignIn, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            workspace_close(confirm=tenant.slug)

        answer = signed_in(owner_of(tenant)).post(reverse("tenancy:keep", args=[tenant.slug]))

        assert answer.status_code == 302
        assert signed_in(member()).get(reverse("tenancy:members", args=[tenant.slug])).status_code == 200
        newest = sentences(tenant)[0]
        assert newest.endswith(f"kept the workspace {tenant.name} after all.")

    @pytest.mark.parametrize("role", ["admin", "member", "viewer"])
    def test_only_owners_do_it(
        self, tenant: Tenant, member: Member, signed_in: SignIn, as_tenant: InTenant, role: str
    ) -> None:
        client = signed_in(member(role))

        for name in ("tenancy:delete", "tenancy:keep"):
            address = reverse(name, args=[tenant.slug])
            assert client.post(address, {"confirm": tenant.slug}).status_code == 403
        with as_tenant(tenant, role=role), pytest.raises(PermissionDenied):
            workspace_keep()

    def test_while_it_is_erased_not_even_an_owner_comes_in(self, tenant: Tenant, signed_in: SignIn) -> None:
        with scope.as_role("platform"), transaction.atomic():
            Tenant.objects.filter(id=tenant.id).update(erasing_at=clock.now())

        answer = signed_in(owner_of(tenant)).post(reverse("tenancy:keep", args=[tenant.slug]))

        assert answer.status_code == 409
        assert "is being erased" in answer.content.decode()

    def test_asking_twice_changes_nothing(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            first = workspace_close(confirm=tenant.slug).erase_due_at
            with clock.stopped_at(clock.now() + timedelta(days=3)):
                assert workspace_close(confirm=tenant.slug).erase_due_at == first


@pytest.mark.django_db(transaction=True)
class TestMails:
    def test_owners_are_told_and_get_the_receipt_in_the_end(self, tenant: Tenant) -> None:
        owner = owner_of(tenant)
        with clock.stopped_at(clock.now() - timedelta(days=31)), workspaces.scope_of(tenant, user=owner):
            workspace_close(confirm=tenant.slug)
        deliver_due()
        run_due_tasks()
        told = mail.outbox.pop()
        assert told.to == [owner.email]
        assert f"/w/{tenant.slug}/" in told.body
        assert f"erased on {date_format(clock.now() - timedelta(days=1), 'j F Y')}" in told.body
        assert mail.outbox == []

        receipt = workspace_erase(tenant_id=tenant.id)
        deliver_due()

        (sent,) = mail.outbox
        (_name, content, _kind) = sent.attachments[0]
        assert sent.to == [owner.email]
        assert tenant.name not in sent.subject + sent.body + content
        assert json.loads(content)["sha256"] == receipt.digest

    def test_a_workspace_that_was_kept_mails_nobody(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            workspace_close(confirm=tenant.slug)
            workspace_keep()

        deliver_due()
        run_due_tasks()

        assert mail.outbox == []


class TestReceiptsInTheBackOffice:
    def test_are_handed_out_as_a_file(self, tenant: Tenant, person: User, signed_in: SignIn) -> None:
        with clock.stopped_at(clock.now() - timedelta(days=31)), workspaces.scope_of(tenant):
            workspace_close(confirm=tenant.slug)
        receipt = workspace_erase(tenant_id=tenant.id)
        address = reverse("admin:tenancy_erasurereceipt_document", args=[receipt.id])
        assert signed_in(person).get(address).status_code == 404
        with scope.as_role("platform"):
            User.objects.filter(id=person.id).update(is_staff=True)

        answer = signed_in(person).get(address)

        assert answer.json()["workspace"] == str(tenant.id)
        assert "attachment" in answer["Content-Disposition"]
