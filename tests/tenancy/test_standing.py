"""A member's standing: suspended and back, gone by themselves, made the owner; and what their page tells of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services.keys import key_create
from apps.core import scope
from apps.entitlements.interface import LimitReached, entitlements
from apps.tenancy.interface import LastOwner, RoleBeyondYours, RoleNotYours
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.invitations import invitation_create, invitation_revoke
from apps.tenancy.services.members import member_change_role
from apps.tenancy.services.roles import role_create
from apps.tenancy.services.standing import member_reinstate, member_suspend, ownership_transfer
from tests.factories import entitlements as plans

SignIn = Callable[[User], Client]


def place_of(tenant: Tenant, user: User) -> Membership | None:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.filter(tenant=tenant, user=user).first()


def owner_of(tenant: Tenant) -> User:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.select_related("user").filter(tenant=tenant, role="owner").first().user


def page(tenant: Tenant, name: str = "members", *args: Any) -> str:
    return reverse(f"tenancy:{name}", args=[tenant.slug, *args])


class TestSuspension:
    def test_it_holds_from_the_next_request_until_it_is_lifted(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        someone = member("member")
        theirs, admin = signed_in(someone), signed_in(member("admin"))
        place = place_of(tenant, someone)
        assert theirs.get(page(tenant)).status_code == 200

        admin.post(page(tenant, "suspend", place.id))

        refused = theirs.get(page(tenant))
        assert refused.status_code == 403
        assert "Your access to this workspace is suspended." in refused.content.decode()
        assert theirs.get("/home/").url == reverse("workspace_create")
        assert tenant.name not in theirs.get(reverse("workspace_create")).content.decode()

        admin.post(page(tenant, "reinstate", place.id))

        assert theirs.get(page(tenant)).status_code == 200

    def test_their_seat_is_free_meanwhile_and_who_comes_back_needs_one(
        self, tenant: Tenant, member: Any, as_tenant: Any
    ) -> None:
        place = place_of(tenant, member("member"))
        plans.override(tenant, "members.seats", 2)
        with as_tenant(tenant):
            member_suspend(membership_id=place.id)
            assert entitlements().limit(tenant_id=tenant.id, name="members.seats").used == 1
            invitation = invitation_create(email="li@example.com", role="member")

            with pytest.raises(LimitReached, match="2 of 2"):
                member_reinstate(membership_id=place.id)
            invitation_revoke(invitation_id=invitation.id)
            member_reinstate(membership_id=place.id)

    def test_their_keys_stop_meanwhile(
        self, tenant: Tenant, member: Any, as_tenant: Any, signed_in: SignIn
    ) -> None:
        someone = member("admin")
        with as_tenant(tenant, role="admin", user=someone):
            _key, presented = key_create(name="Import", role="member", lifetime=timedelta(days=1))
        client, owner = Client(headers={"authorization": f"Bearer {presented}"}), signed_in(owner_of(tenant))

        owner.post(page(tenant, "suspend", place_of(tenant, someone).id))
        assert client.get("/api/v1/members").status_code == 401
        assert "Stopped" in owner.get(reverse("accounts:keys", args=[tenant.slug])).content.decode()

        owner.post(page(tenant, "reinstate", place_of(tenant, someone).id))
        assert client.get("/api/v1/members").status_code == 200

    def test_nobody_suspends_themselves_or_the_last_owner_or_those_with_more(
        self, tenant: Tenant, member: Any, as_tenant: Any, signed_in: SignIn
    ) -> None:
        admin, owner = member("admin"), owner_of(tenant)
        answer = signed_in(admin).post(page(tenant, "suspend", place_of(tenant, admin).id), follow=True)
        assert "do this to yourself" in answer.content.decode()
        with as_tenant(tenant, role="admin", user=admin), pytest.raises(RoleNotYours):
            member_suspend(membership_id=place_of(tenant, owner).id)
        with as_tenant(tenant):
            keeper = role_create(name="Keeper", permission_names=["members.read", "members.manage"])
        with as_tenant(tenant, role=keeper.key), pytest.raises(RoleBeyondYours):
            member_suspend(membership_id=place_of(tenant, admin).id)

    def test_a_suspended_owner_does_not_count_as_one(
        self, tenant: Tenant, member: Any, as_tenant: Any
    ) -> None:
        first, second = owner_of(tenant), member("owner")
        with as_tenant(tenant, user=first):
            member_suspend(membership_id=place_of(tenant, second).id)
        with as_tenant(tenant, user=second), pytest.raises(LastOwner):
            member_suspend(membership_id=place_of(tenant, first).id)

    def test_an_owner_whose_account_is_shut_does_not_count_as_one(
        self, tenant: Tenant, member: Any, as_tenant: Any
    ) -> None:
        first, second = owner_of(tenant), member("owner")
        User.objects.filter(pk=first.pk).update(is_active=False)
        with as_tenant(tenant, user=second), pytest.raises(LastOwner):
            member_change_role(membership_id=place_of(tenant, second).id, role="member")

    def test_through_the_api(self, tenant: Tenant, member: Any, api_client: Client) -> None:
        address = f"/api/v1/members/{place_of(tenant, member('viewer')).id}"

        assert api_client.patch(address, {"is_suspended": True}, "application/json").json()["is_suspended"]
        again = api_client.patch(
            address, {"is_suspended": False, "role": "member"}, "application/json"
        ).json()
        assert (again["is_suspended"], again["role"]) == (False, "member")


class TestLeaving:
    def test_a_viewer_leaves(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        viewer = member("viewer", name="Vera View")
        client = signed_in(viewer)

        answer = client.post(page(tenant, "leave"), follow=True)

        assert f"You have left {tenant.name}." in answer.content.decode()
        assert place_of(tenant, viewer) is None
        assert client.get(page(tenant)).status_code == 404
        log = signed_in(owner_of(tenant)).get(reverse("audit:list", args=[tenant.slug])).content.decode()
        assert "Vera View left the workspace." in log

    def test_the_last_owner_is_told_why_they_stay(self, tenant: Tenant, signed_in: SignIn) -> None:
        owner = owner_of(tenant)

        answer = signed_in(owner).post(page(tenant, "leave"), follow=True)

        assert "A workspace needs an owner." in answer.content.decode()
        assert place_of(tenant, owner)


class TestTransfer:
    def test_the_heir_is_owner_and_the_former_one_admin(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        owner, heir = owner_of(tenant), member("member", name="Li Wei")
        client, place = signed_in(owner), place_of(tenant, heir)
        assert "Transfer ownership" in client.get(page(tenant, "member", place.id)).content.decode()

        answer = client.post(page(tenant, "transfer", place.id), {"confirm": f" {tenant.name} "}, follow=True)

        assert "Li Wei is the owner now." in answer.content.decode()
        assert place_of(tenant, heir).role == "owner"
        assert place_of(tenant, owner).role == "admin"
        log = client.get(reverse("audit:list", args=[tenant.slug])).content.decode()
        assert f"{owner.display_name} made Li Wei the owner and became Admin." in log

    @pytest.mark.parametrize("typed", ["", "somewhere else"])
    def test_the_name_must_be_typed(self, tenant: Tenant, member: Any, signed_in: SignIn, typed: str) -> None:
        heir = member("member")

        answer = signed_in(owner_of(tenant)).post(
            page(tenant, "transfer", place_of(tenant, heir).id), {"confirm": typed}
        )

        assert answer.status_code == 422
        assert "Type the name of the workspace" in answer.content.decode()
        assert place_of(tenant, heir).role == "member"

    def test_who_has_just_been_demoted_transfers_nothing(
        self, tenant: Tenant, member: Any, as_tenant: Any
    ) -> None:
        former, heir = member("owner"), member("viewer")
        with as_tenant(tenant, "owner", former):
            membership = place_of(tenant, former)
            member_change_role(membership_id=membership.id, role="viewer")

            with pytest.raises(RoleNotYours):
                ownership_transfer(membership_id=place_of(tenant, heir).id, confirm=tenant.name)

        assert (place_of(tenant, former).role, place_of(tenant, heir).role) == ("viewer", "viewer")

    def test_only_an_owner_transfers(
        self, tenant: Tenant, member: Any, as_tenant: Any, signed_in: SignIn
    ) -> None:
        heir, admin = member("member"), member("admin")
        place = place_of(tenant, heir)
        answer = signed_in(admin).get(page(tenant, "member", place.id)).content.decode()
        assert "Transfer ownership" not in answer
        with as_tenant(tenant, role="admin", user=admin), pytest.raises(RoleNotYours):
            ownership_transfer(membership_id=place.id, confirm=tenant.name)

    def test_not_to_somebody_suspended_and_not_to_oneself(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        heir, owner = member("member"), owner_of(tenant)
        client = signed_in(owner)
        client.post(page(tenant, "suspend", place_of(tenant, heir).id))

        for user, status in ((heir, 403), (owner, 409)):
            place = place_of(tenant, user)
            answer = client.post(page(tenant, "transfer", place.id), {"confirm": tenant.name})
            assert answer.status_code in (status, 400)
        assert place_of(tenant, owner).role == "owner"


class TestPage:
    def test_it_tells_what_happened(
        self, tenant: Tenant, member: Any, signed_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        someone, admin = member("viewer", name="Li Wei"), member("admin", name="Ada Admin")
        client, place = signed_in(admin), place_of(tenant, someone)
        client.post(page(tenant, "change_role", place.id), {"role": "member"})
        client.post(page(tenant, "suspend", place.id))

        with django_assert_max_num_queries(8):
            answer = client.get(page(tenant, "member", place.id))

        sentences = [entry.sentence for entry in answer.context["history"]]
        assert sentences == [
            "Ada Admin suspended Li Wei.",
            "Ada Admin changed the role of Li Wei from Viewer to Member.",
        ]

    def test_others_see_no_history_but_their_own(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        viewer = member("viewer")
        client = signed_in(viewer)

        theirs = client.get(page(tenant, "member", place_of(tenant, owner_of(tenant)).id))
        assert not theirs.context["shows_history"]
        assert "Suspend" not in theirs.content.decode()
        assert client.get(page(tenant, "member", place_of(tenant, viewer).id)).context["shows_history"]

    def test_another_workspaces_member_is_not_found(
        self, tenant: Tenant, other_tenant: Tenant, signed_in: SignIn
    ) -> None:
        place = place_of(other_tenant, owner_of(other_tenant))
        client = signed_in(owner_of(tenant))

        assert client.get(page(tenant, "member", place.id)).status_code == 404
        for act in ("suspend", "reinstate", "transfer"):
            assert client.post(page(tenant, act, place.id)).status_code == 404
