"""People in the API: members, invitations and roles."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core import scope
from apps.tenancy.models import Invitation, Membership, Tenant
from apps.tenancy.services.invitations import invitation_create
from apps.tenancy.services.roles import role_create
from tests.factories import tenancy as workspaces

JSON = "application/json"


def place_of(tenant: Tenant, user: User) -> Membership:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.get(tenant=tenant, user=user)


class TestMembers:
    def test_they_are_listed(self, tenant: Tenant, member: Any, api_client: Client) -> None:
        viewer = member("viewer")

        rows = api_client.get("/api/v1/members").json()["results"]

        assert {"email": viewer.email, "role": "viewer"}.items() <= rows[0].items()
        assert len(rows) == 2

    def test_a_role_changes(self, tenant: Tenant, member: Any, api_client: Client) -> None:
        viewer = member("viewer")
        address = f"/api/v1/members/{place_of(tenant, viewer).id}"

        assert api_client.patch(address, {"role": "member"}, JSON).json()["role"] == "member"
        assert api_client.patch(address, {"role": "king"}, JSON).json()["errors"].keys() == {"role"}
        assert api_client.patch(address, {"role": "owner"}, JSON).status_code == 403
        assert place_of(tenant, viewer).role == "member"

    def test_one_is_removed(self, tenant: Tenant, member: Any, api_client: Client) -> None:
        place = place_of(tenant, member("viewer"))

        assert api_client.delete(f"/api/v1/members/{place.id}").status_code == 204
        assert api_client.get(f"/api/v1/members/{place.id}").status_code == 404

    def test_those_of_others_are_not_found(self, api_client: Client, other_tenant: Tenant) -> None:
        place = place_of(other_tenant, workspaces.member(other_tenant, "viewer"))

        assert api_client.delete(f"/api/v1/members/{place.id}").status_code == 404

    def test_a_viewer_s_key_changes_nothing(self, tenant: Tenant, member: Any) -> None:
        client, place = workspaces.api_client(tenant, "viewer"), place_of(tenant, member("viewer"))

        assert client.get("/api/v1/members").status_code == 200
        assert client.get("/api/v1/invitations").status_code == 403
        answer = client.patch(f"/api/v1/members/{place.id}", {"role": "member"}, JSON)
        assert (answer.status_code, answer.json()["permission"]) == (403, "members.manage")


class TestInvitations:
    def test_from_sending_to_revoking(self, tenant: Tenant, api_client: Client) -> None:
        made = api_client.post("/api/v1/invitations", {"email": "Li@example.com", "role": "member"}, JSON)
        assert made.status_code == 201, made.content
        first = made.json()
        assert first["email"] == "li@example.com"

        again = api_client.post(f"/api/v1/invitations/{first['id']}/resend").json()
        assert again["id"] != first["id"]
        listed = api_client.get("/api/v1/invitations").json()["results"]
        assert [row["id"] for row in listed] == [again["id"]]

        assert api_client.delete(f"/api/v1/invitations/{again['id']}").status_code == 204
        assert api_client.get("/api/v1/invitations").json()["results"] == []

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"email": "li", "role": "member"}, 400),
            ({"email": "li@example.com", "role": "king"}, 400),
            ({"email": "li@example.com", "role": "owner"}, 403),
            ({"email": "open@example.com", "role": "member"}, 409),
        ],
    )
    def test_what_can_not_be(
        self, tenant: Tenant, api_client: Client, as_tenant: Any, given: dict[str, str], status: int
    ) -> None:
        with as_tenant(tenant):
            invitation_create(email="open@example.com", role="member")

        assert api_client.post("/api/v1/invitations", given, JSON).status_code == status

    def test_those_of_others_are_not_found(
        self, other_tenant: Tenant, api_client: Client, as_tenant: Any
    ) -> None:
        with as_tenant(other_tenant):
            invitation: Invitation = invitation_create(email="li@example.com", role="member")

        for answer in (
            api_client.get(f"/api/v1/invitations/{invitation.id}"),
            api_client.delete(f"/api/v1/invitations/{invitation.id}"),
            api_client.post(f"/api/v1/invitations/{invitation.id}/resend"),
        ):
            assert answer.status_code == 404


class TestRoles:
    def test_from_making_to_deleting(self, tenant: Tenant, member: Any, api_client: Client) -> None:
        made = api_client.post(
            "/api/v1/roles", {"name": "Analyst", "permissions": ["bookshop.read"]}, JSON
        ).json()
        address = f"/api/v1/roles/{made['id']}"
        place = place_of(tenant, member("viewer"))
        api_client.patch(f"/api/v1/members/{place.id}", {"role": made["key"]}, JSON)

        changed = api_client.patch(address, {"permissions": ["bookshop.read", "bookshop.write"]}, JSON).json()
        assert changed["permissions"] == ["bookshop.read", "bookshop.write"]
        assert changed["name"] == "Analyst"
        refused = api_client.delete(address)
        assert (refused.status_code, refused.json()["code"]) == (409, "role_in_use")

        api_client.patch(f"/api/v1/members/{place.id}", {"role": "viewer"}, JSON)
        assert api_client.delete(address).status_code == 204

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ({"name": "", "permissions": ["bookshop.read"]}, 400),
            ({"name": "Analyst", "permissions": []}, 400),
            ({"name": "Analyst", "permissions": ["no.such"]}, 400),
            ({"name": "Analyst", "permissions": "bookshop.read"}, 400),
            ({"name": "Helper", "permissions": ["bookshop.read"]}, 409),
            ({"name": "A\u0000", "permissions": ["bookshop.read"]}, 400),
        ],
    )
    def test_what_can_not_be(
        self, tenant: Tenant, api_client: Client, as_tenant: Any, given: dict[str, Any], status: int
    ) -> None:
        with as_tenant(tenant):
            role_create(name="Helper", permission_names=["bookshop.read"])

        assert api_client.post("/api/v1/roles", given, JSON).status_code == status

    def test_no_key_makes_a_role_with_more_than_it_has(self, tenant: Tenant, as_tenant: Any) -> None:
        with as_tenant(tenant):
            keeper = role_create(name="Keeper", permission_names=["roles.manage", "bookshop.read"])
        client = workspaces.api_client(tenant, keeper.key)

        answer = client.post("/api/v1/roles", {"name": "More", "permissions": ["bookshop.write"]}, JSON)

        assert (answer.status_code, answer.json()["code"]) == (403, "role_beyond_yours")
