"""API keys of a workspace: the pages, and what the service promises."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiKey, User
from apps.accounts.services.keys import key_create, key_revoke
from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.core.errors import Invalid, NotFound, PermissionDenied
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.services.roles import role_create
from apps.tenancy.services.standing import member_suspend
from tests.factories import tenancy as workspaces

pytestmark = pytest.mark.django_db
InTenant = Callable[..., AbstractContextManager[scope.Scope]]
SECRET = re.compile(r"tnk_test_[0-9a-f]{12}_[A-Za-z0-9]{49}")
MONTH = timedelta(days=30)
NEW = {"name": "Nightly import", "role": "member", "lifetime": "90"}


def create(client: Any, tenant: Tenant, **changes: str) -> Any:
    return client.post(reverse("accounts:key_create", args=[tenant.slug]), NEW | changes)


def listed(client: Any, tenant: Tenant) -> Any:
    return client.get(reverse("accounts:keys", args=[tenant.slug]))


class TestPages:
    def test_the_secret_is_shown_once_and_kept_nowhere(
        self,
        tenant: Tenant,
        member: Any,
        signed_in: Any,
        as_tenant: InTenant,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level("DEBUG")
        client = signed_in(member("admin"))

        answer = create(client, tenant)

        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        [presented] = set(SECRET.findall(answer.content.decode()))
        secret = presented.split("_")[3]
        assert secret not in listed(client, tenant).content.decode()
        assert secret not in str(dict(client.session))
        assert secret not in caplog.text
        with as_tenant(tenant):
            key = ApiKey.objects.get()
            assert secret not in str(key.__dict__)
            assert secret not in str([entry.detail.__dict__ for entry in AuditEntry.objects.all()])
        assert client.get("/api/v1/", headers={"authorization": f"Bearer {presented}"}).status_code != 401

    def test_the_list_names_everything(
        self, tenant: Tenant, member: Any, signed_in: Any, as_tenant: InTenant
    ) -> None:
        admin = member("admin")
        client = signed_in(admin)
        create(client, tenant)
        page = listed(client, tenant).content.decode()
        with as_tenant(tenant):
            prefix = ApiKey.objects.get().prefix
        for shown in ("Nightly import", prefix, "Member", "Active", admin.name, "Never"):
            assert shown in page

    def test_revoking(self, tenant: Tenant, member: Any, signed_in: Any, as_tenant: InTenant) -> None:
        client = signed_in(member("admin"))
        presented = SECRET.findall(create(client, tenant).content.decode())[0]
        with as_tenant(tenant):
            url = reverse("accounts:key_revoke", args=[tenant.slug, ApiKey.objects.get().id])
        assert client.post(url).url == reverse("accounts:keys", args=[tenant.slug])
        assert "Revoked" in listed(client, tenant).content.decode()
        answer = client.get("/api/v1/", headers={"authorization": f"Bearer {presented}"})
        assert answer.status_code == 401
        assert client.post(url).status_code == 404, "it is revoked already"

    @pytest.mark.parametrize(
        ("field", "value"),
        [("name", ""), ("name", "x" * 81), ("role", "owner"), ("role", "king"), ("lifetime", "9999")],
    )
    def test_bad_input_is_shown_with_what_was_typed(
        self, tenant: Tenant, member: Any, signed_in: Any, field: str, value: str
    ) -> None:
        answer = create(signed_in(member("admin")), tenant, **{field: value})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]

    @pytest.mark.parametrize("role", ["member", "viewer"])
    def test_others_make_keys_for_themselves_alone(
        self, tenant: Tenant, member: Any, signed_in: Any, as_tenant: InTenant, role: str
    ) -> None:
        with as_tenant(tenant):
            key_create(name="The workspace's", role="viewer", lifetime=MONTH)
        client = signed_in(member(role))
        assert create(client, tenant, role="viewer").status_code == 422
        assert create(client, tenant, role="myself").status_code == 200
        page = listed(client, tenant).content.decode()
        assert "Nightly import" in page
        assert "The workspace&#x27;s" not in page

    def test_who_manages_keys_and_has_none_of_their_own_is_led_to_the_page(
        self, tenant: Tenant, member: Any, signed_in: Any, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            keeper = role_create(name="Key keeper", permission_names=["members.read", "keys.manage"])
        client = signed_in(member(keeper.key))
        page = client.get(reverse("tenancy:members", args=[tenant.slug])).content.decode()
        assert reverse("accounts:keys", args=[tenant.slug]) in page
        assert create(client, tenant, role="myself").status_code == 422

    def test_a_key_of_another_workspace_is_not_found(
        self, tenant: Tenant, other_tenant: Tenant, member: Any, signed_in: Any, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant):
            key, _presented = key_create(name="Theirs", role="viewer", lifetime=MONTH)
        client = signed_in(member("owner"))
        assert client.post(reverse("accounts:key_revoke", args=[tenant.slug, key.id])).status_code == 404
        assert "Theirs" not in listed(client, tenant).content.decode()

    def test_few_queries_whatever_the_number(
        self,
        tenant: Tenant,
        member: Any,
        signed_in: Any,
        as_tenant: InTenant,
        django_assert_max_num_queries: Any,
    ) -> None:
        with as_tenant(tenant):
            for number in range(5):
                key_create(name=f"Key {number}", role="viewer", lifetime=MONTH)
        client = signed_in(member("admin"))
        listed(client, tenant)
        with django_assert_max_num_queries(8):
            listed(client, tenant)


class TestCreator:
    """A key lasts no longer, and does no more, than the rights of the person who made it."""

    @pytest.fixture
    def creator(self, member: Any) -> User:
        creator: User = member("admin")
        return creator

    @pytest.fixture
    def client(self, tenant: Tenant, creator: User, as_tenant: InTenant) -> Client:
        with as_tenant(tenant, role="admin", user=creator):
            _key, presented = key_create(name="Theirs", role="admin", lifetime=MONTH)
        return Client(headers={"authorization": f"Bearer {presented}"})

    @staticmethod
    def add(client: Client) -> int:
        answer = client.post(
            "/api/v1/roles",
            {"name": "Reader", "permissions": ["members.read"]},
            content_type="application/json",
        )
        return answer.status_code

    def membership(self, tenant: Tenant, creator: User) -> Membership:
        return Membership.objects.get(tenant=tenant, user=creator)

    def test_a_removed_member_leaves_no_working_key(
        self, tenant: Tenant, creator: User, client: Client, as_tenant: InTenant, signed_in: Any, member: Any
    ) -> None:
        with as_tenant(tenant):
            member_remove(membership_id=self.membership(tenant, creator).id)
        assert self.add(client) == 401
        page = listed(signed_in(member("admin")), tenant).content.decode()
        assert "Its creator is no longer a member, or is suspended." in page
        assert "Active" not in page

    def test_a_demoted_member_s_key_is_demoted_too(
        self, tenant: Tenant, creator: User, client: Client, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            member_change_role(membership_id=self.membership(tenant, creator).id, role="viewer")
        assert self.add(client) == 403
        assert client.get("/api/v1/members").status_code == 200

    def test_a_suspended_member_leaves_no_working_key(
        self, tenant: Tenant, creator: User, client: Client, as_tenant: InTenant
    ) -> None:
        assert client.get("/api/v1/members").status_code == 200
        with as_tenant(tenant):
            member_suspend(membership_id=self.membership(tenant, creator).id)
        assert client.get("/api/v1/members").status_code == 401

    def test_nor_does_a_person_whose_account_is_closed(self, creator: User, client: Client) -> None:
        assert client.get("/api/v1/members").status_code == 200
        User.objects.filter(id=creator.id).update(is_active=False)
        assert client.get("/api/v1/members").status_code == 401

    def test_a_member_of_another_workspace_is_none_here(
        self, tenant: Tenant, other_tenant: Tenant, creator: User, client: Client, as_tenant: InTenant
    ) -> None:
        workspaces.member(other_tenant, "admin", user=creator)
        assert self.add(client) == 201
        with as_tenant(tenant):
            member_remove(membership_id=self.membership(tenant, creator).id)
        assert self.add(client) == 401


class TestService:
    def test_a_key_can_not_do_more_than_its_maker(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant, role="admin"), scope.use(permissions=frozenset({"keys.manage"})):
            with pytest.raises(Invalid, match="another look") as refused:
                key_create(name="Strong", role="admin", lifetime=MONTH)
        assert list(refused.value.fields) == ["role"]

    def test_a_key_can_not_make_keys(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), scope.use(user_id=None, actor=scope.Actor(kind="key")):
            with pytest.raises(PermissionDenied):
                key_create(name="Child", role="viewer", lifetime=MONTH)

    @pytest.mark.parametrize("lifetime", [timedelta(), timedelta(days=-1), timedelta(days=400)])
    def test_a_lifetime_must_be_sensible(
        self, tenant: Tenant, as_tenant: InTenant, lifetime: timedelta
    ) -> None:
        with as_tenant(tenant), pytest.raises(Invalid):
            key_create(name="Old", role="viewer", lifetime=lifetime)

    def test_both_acts_are_recorded(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            key, _presented = key_create(name="Nightly", role="viewer", lifetime=MONTH)
            key_revoke(key_id=key.id)
            entries = AuditEntry.objects.filter(target_id=key.id).order_by("id")
            assert [entry.action for entry in entries] == ["keys.created", "keys.revoked"]
            with pytest.raises(NotFound):
                key_revoke(key_id=key.id)

    def test_expired_keys_are_listed_as_such(
        self, tenant: Tenant, member: Any, signed_in: Any, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            key_create(name="Nightly", role="viewer", lifetime=timedelta(days=1))
        with time_machine.travel(clock.now() + timedelta(days=2)):
            assert "Run out" in listed(signed_in(member("admin")), tenant).content.decode()
