"""Asking for access from the page that refuses it, and deciding."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock, scope
from apps.core.errors import PermissionDenied
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import AccessRequest, Membership, Tenant
from apps.tenancy.services.requests import access_decline, access_grant
from apps.tenancy.services.roles import role_create

SignIn = Callable[[User], Client]
WANTED = "audit.read"


@pytest.fixture
def viewer(member: Any) -> User:
    user: User = member("viewer", name="Vera View")
    return user


def page(tenant: Tenant, name: str, *args: Any) -> str:
    return reverse(f"tenancy:{name}", args=[tenant.slug, *args])


def asked_in(tenant: Tenant) -> list[AccessRequest]:
    with scope.use(tenant_id=tenant.id):
        return list(AccessRequest.objects.filter(tenant_id=tenant.id))


def role_of(tenant: Tenant, user: User) -> str:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.get(tenant=tenant, user=user).role


class TestAsking:
    def test_the_page_that_refuses_leads_to_asking(
        self, tenant: Tenant, viewer: User, signed_in: SignIn
    ) -> None:
        client = signed_in(viewer)
        refused = client.get(reverse("audit:list", args=[tenant.slug]))
        assert refused.status_code == 403
        address = page(tenant, "access_ask", WANTED)
        assert f'href="{address}"' in refused.content.decode()
        assert "Read the audit log" in client.get(address).content.decode()

        answer = client.post(address, {"message": "For the yearly review."}, follow=True)

        assert "Waiting for an answer" in answer.content.decode()
        (asked,) = asked_in(tenant)
        assert (asked.permission, asked.message) == (WANTED, "For the yearly review.")

    def test_those_who_decide_get_a_mail_and_a_number_beside_members(
        self, tenant: Tenant, viewer: User, member: Any, signed_in: SignIn
    ) -> None:
        admin, other = member("admin"), member("member")
        signed_in(viewer).post(page(tenant, "access_ask", WANTED), {"message": "For the review."})
        call_command("deliver_events")
        run_due_tasks()

        told = [address for message in mail.outbox for address in message.to]
        assert told.count(admin.email) == 1
        assert not {viewer.email, other.email}.intersection(told)
        assert "For the review." in mail.outbox[0].body
        assert page(tenant, "requests") in mail.outbox[0].body
        assert '<span class="count">1</span>' in signed_in(admin).get(page(tenant, "roles")).content.decode()
        shown = signed_in(other).get(page(tenant, "roles")).content.decode()
        assert '<span class="count">' not in shown

    def test_once_is_enough(self, tenant: Tenant, viewer: User, signed_in: SignIn) -> None:
        client = signed_in(viewer)
        client.post(page(tenant, "access_ask", WANTED))

        assert client.post(page(tenant, "access_ask", WANTED)).status_code == 422
        assert len(asked_in(tenant)) == 1

    def test_again_a_day_after_a_no(
        self, tenant: Tenant, viewer: User, as_tenant: Any, signed_in: SignIn
    ) -> None:
        address = page(tenant, "access_ask", WANTED)
        client = signed_in(viewer)
        client.post(address)
        with as_tenant(tenant):
            access_decline(request_id=asked_in(tenant)[0].id)

        shown = client.get(address).content.decode()
        assert ("Declined" in shown, 'name="message"' in shown) == (True, False)
        assert client.post(address).status_code == 422
        with time_machine.travel(clock.now() + timedelta(hours=25)):
            assert signed_in(viewer).post(address).status_code == 302

    @pytest.mark.parametrize("permission", ["no.such", "workspace.delete", "x" * 200])
    def test_what_nobody_can_get_so_is_not_found(
        self, tenant: Tenant, viewer: User, signed_in: SignIn, permission: str
    ) -> None:
        assert signed_in(viewer).get(page(tenant, "access_ask", permission)).status_code == 404

    def test_what_one_has_needs_no_asking(self, tenant: Tenant, viewer: User, signed_in: SignIn) -> None:
        address = page(tenant, "access_ask", "members.read")

        assert "You have access" in signed_in(viewer).get(address).content.decode()
        signed_in(viewer).post(address)
        assert asked_in(tenant) == []

    @pytest.mark.parametrize("message", ["x" * 501, "Please\u202e", "A\x00"])
    def test_a_bad_message_is_shown_again(
        self, tenant: Tenant, viewer: User, signed_in: SignIn, message: str
    ) -> None:
        answer = signed_in(viewer).post(page(tenant, "access_ask", WANTED), {"message": message})

        assert answer.status_code == 422
        assert answer.context["form"].errors["message"]


class TestDeciding:
    @pytest.fixture
    def asked(self, tenant: Tenant, viewer: User, signed_in: SignIn) -> AccessRequest:
        signed_in(viewer).post(page(tenant, "access_ask", WANTED))
        return asked_in(tenant)[0]

    def test_a_role_that_includes_it_is_given(
        self,
        tenant: Tenant,
        viewer: User,
        asked: AccessRequest,
        member: Any,
        as_tenant: Any,
        signed_in: SignIn,
        django_assert_max_num_queries: Any,
    ) -> None:
        with as_tenant(tenant):
            auditor = role_create(name="Auditor", permission_names=["members.read", WANTED])
        client = signed_in(member("admin", name="Ada Admin"))
        client.get(page(tenant, "members"))
        with django_assert_max_num_queries(8):
            listed = client.get(page(tenant, "requests"))
        assert [role.name for role in listed.context["rows"][0]["roles"]] == ["Auditor", "Admin"]

        answer = client.post(page(tenant, "access_grant", asked.id), {"role": auditor.key}, follow=True)

        assert "Vera View has access now." in answer.content.decode()
        assert role_of(tenant, viewer) == auditor.key
        theirs = signed_in(viewer)
        log = theirs.get(reverse("audit:list", args=[tenant.slug])).content.decode()
        assert "Ada Admin gave Vera View access: Read the audit log." in log
        assert "You have access" in theirs.get(page(tenant, "access_ask", WANTED)).content.decode()

    @pytest.mark.parametrize("role", ["member", "owner", "king", ""])
    def test_another_role_is_refused(
        self, tenant: Tenant, viewer: User, asked: AccessRequest, member: Any, signed_in: SignIn, role: str
    ) -> None:
        signed_in(member("admin")).post(page(tenant, "access_grant", asked.id), {"role": role})

        assert role_of(tenant, viewer) == "viewer"
        assert asked_in(tenant)[0].decided_at is None

    def test_declined_once_it_is_gone(
        self, tenant: Tenant, asked: AccessRequest, member: Any, signed_in: SignIn
    ) -> None:
        client = signed_in(member("admin"))

        assert client.post(page(tenant, "access_decline", asked.id)).status_code == 302
        assert client.post(page(tenant, "access_decline", asked.id)).status_code == 404
        assert client.get(page(tenant, "requests")).context["rows"] == []

    @pytest.mark.parametrize(
        ("act", "said"),
        [
            ("access_grant", "Your role is now Admin."),
            ("access_decline", "declined: Read the audit log."),
        ],
    )
    def test_who_asked_gets_one_mail(
        self,
        tenant: Tenant,
        viewer: User,
        asked: AccessRequest,
        member: Any,
        signed_in: SignIn,
        act: str,
        said: str,
    ) -> None:
        signed_in(member("admin")).post(page(tenant, act, asked.id), {"role": "admin"})
        call_command("deliver_events")
        run_due_tasks()

        (theirs,) = [message for message in mail.outbox if message.to == [viewer.email]]
        assert said in theirs.body
        assert tenant.name in theirs.subject

    def test_others_decide_nothing(
        self, tenant: Tenant, viewer: User, asked: AccessRequest, as_tenant: Any, signed_in: SignIn
    ) -> None:
        assert signed_in(viewer).get(page(tenant, "requests")).status_code == 403
        with as_tenant(tenant, role="viewer", user=viewer):
            for act in (
                lambda: access_grant(request_id=asked.id, role="admin"),
                lambda: access_decline(request_id=asked.id),
            ):
                with pytest.raises(PermissionDenied):
                    act()

    def test_another_workspace_finds_none(
        self, other_tenant: Tenant, asked: AccessRequest, as_tenant: Any, signed_in: SignIn
    ) -> None:
        with scope.use(tenant_id=other_tenant.id):
            owner = Membership.objects.select_related("user").get(tenant=other_tenant).user
        client = signed_in(owner)

        assert client.post(page(other_tenant, "access_decline", asked.id)).status_code == 404
        assert client.get(page(other_tenant, "requests")).context["rows"] == []

    def test_who_leaves_waits_no_longer(
        self, tenant: Tenant, viewer: User, asked: AccessRequest, signed_in: SignIn
    ) -> None:
        signed_in(viewer).post(page(tenant, "leave"))

        assert asked_in(tenant) == []
