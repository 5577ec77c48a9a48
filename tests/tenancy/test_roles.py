"""A workspace's own roles: making them, holding them, and what nobody gets by them."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.services.keys import key_create
from apps.core import permissions, scope
from apps.core.errors import ApplicationError, Conflict, Invalid, PermissionDenied
from apps.tenancy.interface import (
    InvitationUnusable,
    RoleBeyondYours,
    RoleInUse,
    RoleNameTaken,
    RoleNotFound,
)
from apps.tenancy.models import Membership, Role, Tenant
from apps.tenancy.services import roles
from apps.tenancy.services.invitations import invitation_create, token_of
from apps.tenancy.services.joining import invitation_accept
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.services.roles import role_change, role_create, role_delete

SignIn = Callable[[User], Client]
AsTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture
def make_role(tenant: Tenant, as_tenant: AsTenant) -> Callable[..., Role]:
    """Make a role of `tenant` as its owner."""

    def make(names: Iterable[str] = ("members.read",), name: str = "Analyst") -> Role:
        with as_tenant(tenant):
            return role_create(name=name, permission_names=names)

    return make


def page(tenant: Tenant, name: str, *args: Any) -> str:
    return reverse(f"tenancy:{name}", args=[tenant.slug, *args])


def place_of(tenant: Tenant, user: User) -> Membership:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.get(tenant=tenant, user=user)


class TestMaking:
    def test_an_admin_makes_one_on_the_page(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        client = signed_in(member("admin"))

        answer = client.post(
            page(tenant, "role_create"),
            {"name": " Field  analyst ", "permissions": ["members.read", "bookshop.write"]},
            follow=True,
        )

        row = next(row for row in answer.context["rows"] if row["is_custom"])
        assert row["name"] == "Field analyst"
        assert len(row["permissions"]) == 2

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"name": "", "permissions": ["members.read"]}, "name"),
            ({"name": "x" * 41, "permissions": ["members.read"]}, "name"),
            ({"name": "Admin", "permissions": ["members.read"]}, "name"),
            ({"name": "viewer", "permissions": ["members.read"]}, "name"),
            ({"name": "\uff2f\uff37\uff2e\uff25\uff32", "permissions": ["members.read"]}, "name"),
            ({"name": "Mitglied", "permissions": ["members.read"]}, "name"),
            ({"name": "ANALYST", "permissions": ["members.read"]}, "name"),
            ({"name": "Ana\u202elyst", "permissions": ["members.read"]}, "name"),
            ({"name": "Helper", "permissions": []}, "permissions"),
            ({"name": "Helper", "permissions": ["no.such"]}, "permissions"),
        ],
    )
    def test_bad_input_is_shown_again(
        self,
        tenant: Tenant,
        member: Any,
        signed_in: SignIn,
        make_role: Any,
        given: dict[str, Any],
        field: str,
    ) -> None:
        make_role()

        answer = signed_in(member("admin")).post(page(tenant, "role_create"), given)

        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == [field]
        with scope.use(tenant_id=tenant.id):
            assert Role.objects.filter(tenant_id=tenant.id).count() == 1

    @pytest.mark.parametrize("role", ["member", "viewer"])
    def test_others_make_none(self, tenant: Tenant, as_tenant: AsTenant, role: str) -> None:
        with as_tenant(tenant, role=role), pytest.raises(PermissionDenied):
            role_create(name="Analyst", permission_names=["members.read"])

    def test_there_is_a_limit(
        self, tenant: Tenant, as_tenant: AsTenant, make_role: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(roles, "MOST_ROLES", 1)
        make_role()
        with pytest.raises(Conflict, match="at most 1"):
            make_role(name="Second")

    def test_the_form_groups_what_it_includes(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        form = signed_in(member("admin")).get(page(tenant, "role_create")).context["form"]

        groups = {name: [box.data["value"] for box in boxes] for name, boxes in form.groups().items()}
        assert groups["Bookshop"] == ["bookshop.read", "bookshop.write"]
        assert {"audit.read", "members.read", "roles.manage"} <= set(groups["Workspace"])

    def test_two_workspaces_may_use_the_same_name(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: AsTenant
    ) -> None:
        for place in (tenant, other_tenant):
            with as_tenant(place):
                role_create(name="Analyst", permission_names=["members.read"])

    def test_another_workspaces_role_is_not_found(
        self, other_tenant: Tenant, as_tenant: AsTenant, make_role: Any
    ) -> None:
        role = make_role()
        with as_tenant(other_tenant):
            for act in (role_delete, role_change):
                with pytest.raises(RoleNotFound):
                    act(role_id=role.id)
            with pytest.raises(Invalid):
                invitation_create(email="li@example.com", role=role.key)
            assert permissions.role(role.key).permissions == frozenset()

    def test_the_audit_log_tells_it(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        client = signed_in(member("admin", name="Ada Admin"))
        client.post(page(tenant, "role_create"), {"name": "Analyst", "permissions": ["members.read"]})

        log = client.get(reverse("audit:list", args=[tenant.slug])).content.decode()

        assert "Ada Admin created the role Analyst." in log


class TestHolding:
    def test_a_member_may_do_what_it_includes_and_nothing_else(
        self, tenant: Tenant, member: Any, signed_in: SignIn, make_role: Any
    ) -> None:
        role = make_role(["members.read", "members.invite"])
        client = signed_in(member(role.key))

        assert client.get(page(tenant, "members")).status_code == 200
        assert client.get(page(tenant, "invite")).status_code == 200
        assert client.get(page(tenant, "settings")).status_code == 403
        assert client.get(reverse("audit:list", args=[tenant.slug])).status_code == 403

    def test_a_change_holds_from_the_next_request(
        self, tenant: Tenant, member: Any, signed_in: SignIn, make_role: Any
    ) -> None:
        role = make_role()
        client, admin = signed_in(member(role.key)), signed_in(member("admin"))
        assert client.get(page(tenant, "settings")).status_code == 403

        admin.post(
            page(tenant, "role_change", role.id),
            {"name": "Analyst", "permissions": ["members.read", "workspace.manage"]},
        )
        assert client.get(page(tenant, "settings")).status_code == 200

        admin.post(page(tenant, "role_change", role.id), {"name": "Analyst", "permissions": ["members.read"]})
        assert client.get(page(tenant, "settings")).status_code == 403

    def test_a_role_that_is_gone_may_do_nothing(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        client = signed_in(member("0" * 32))

        assert client.get(page(tenant, "members")).status_code == 403

    def test_it_costs_one_query_and_the_built_in_ones_none(
        self, tenant: Tenant, member: Any, signed_in: SignIn, make_role: Any
    ) -> None:
        role = make_role(permissions.permissions_of("viewer"))
        counts = []
        for key in ("viewer", role.key):
            client = signed_in(member(key))
            client.get(page(tenant, "members"))
            with CaptureQueriesContext(connection) as counted:
                client.get(page(tenant, "members"))
            counts.append(len(counted))

        assert counts[1] <= counts[0] + 1

    def test_it_is_offered_and_shown_among_the_members(
        self, tenant: Tenant, member: Any, signed_in: SignIn, make_role: Any
    ) -> None:
        role, viewer = make_role(), member("viewer")
        client = signed_in(member("admin"))

        answer = client.post(
            page(tenant, "change_role", place_of(tenant, viewer).id), {"role": role.key}, follow=True
        )

        shown = {row["email"]: row["role"] for row in answer.context["members"]}
        assert shown[viewer.email] == "Analyst"

    def test_an_invitation_gives_it(
        self, tenant: Tenant, person: User, as_tenant: AsTenant, signed_in: SignIn, make_role: Any
    ) -> None:
        role = make_role()
        with as_tenant(tenant):
            invitation = invitation_create(email=person.email, role=role.key)

        client = signed_in(person)
        page_of_it = client.get(
            reverse("tenancy_invitation:open", args=[token_of(invitation.id)]), follow=True
        )
        assert "Analyst" in page_of_it.content.decode()
        client.post("/invitations/accept/")

        assert place_of(tenant, person).role == role.key

    def test_an_invitation_to_a_role_that_is_gone_gives_nothing(
        self, tenant: Tenant, person: User, as_tenant: AsTenant, make_role: Any
    ) -> None:
        role = make_role()
        with as_tenant(tenant):
            invitation = invitation_create(email=person.email, role=role.key)
            with transaction.atomic():
                Role.objects.filter(id=role.id).delete()
        with pytest.raises(InvitationUnusable):
            invitation_accept(token=token_of(invitation.id), user_id=person.id)

    def test_a_key_has_what_its_role_and_its_creator_both_have(
        self, tenant: Tenant, member: Any, as_tenant: AsTenant, make_role: Any
    ) -> None:
        admin = member("admin")
        role = make_role(["members.read", "roles.manage"])
        with as_tenant(tenant, role="admin", user=admin):
            _key, presented = key_create(name="Import", role=role.key, lifetime=timedelta(days=1))
        client = Client(headers={"authorization": f"Bearer {presented}"})
        made = {"name": "Reader", "permissions": ["members.read"]}
        assert client.post("/api/v1/roles", made, "application/json").status_code == 201

        with as_tenant(tenant):
            role_change(role_id=role.id, permission_names=["members.read"])
        assert client.post("/api/v1/roles", made, "application/json").status_code == 403
        assert client.get("/api/v1/members").status_code == 200

        keeper = make_role(["audit.read"], name="Keeper")
        with as_tenant(tenant):
            member_change_role(membership_id=place_of(tenant, admin).id, role=keeper.key)
        assert client.get("/api/v1/members").status_code == 403

    def test_its_holders_are_named_as_grantors(
        self, tenant: Tenant, member: Any, signed_in: SignIn, make_role: Any
    ) -> None:
        role = make_role(["members.read", "members.manage"])
        member(role.key, name="Rosa Roles")

        answer = signed_in(member("viewer")).get(page(tenant, "settings"))

        assert "Rosa Roles" in answer.content.decode()


class TestDeleting:
    def test_an_unused_one_goes(self, tenant: Tenant, member: Any, signed_in: SignIn, make_role: Any) -> None:
        role = make_role()

        answer = signed_in(member("admin")).post(page(tenant, "role_delete", role.id), follow=True)

        assert "Role “Analyst” deleted." in answer.content.decode()
        assert not [row for row in answer.context["rows"] if row["is_custom"]]

    def test_one_in_use_stays_and_says_why(
        self, tenant: Tenant, member: Any, as_tenant: AsTenant, signed_in: SignIn, make_role: Any
    ) -> None:
        role = make_role()
        member(role.key)
        with as_tenant(tenant):
            invitation_create(email="li@example.com", role=role.key)
            key_create(name="Import", role=role.key, lifetime=timedelta(days=1))
            with pytest.raises(RoleInUse) as refused:
                role_delete(role_id=role.id)

        assert "1 member, 1 invitation, 1 API key" in str(refused.value.message)
        answer = signed_in(member("admin")).post(page(tenant, "role_delete", role.id), follow=True)
        assert "is in use" in answer.content.decode()


class TestEscalation:
    """Nobody gives, takes or makes what they do not have."""

    @pytest.fixture
    def people_role(self, make_role: Any) -> Role:
        """May handle people and roles, and nothing else."""
        names = ["members.read", "members.invite", "members.manage", "roles.manage", "keys.manage"]
        role: Role = make_role(names, name="People")
        return role

    @pytest.fixture
    def act(self, tenant: Tenant, member: Any, as_tenant: AsTenant, people_role: Role) -> Any:
        actor = member(people_role.key)
        return lambda: as_tenant(tenant, role=people_role.key, user=actor)

    def test_no_role_with_more(self, act: Any) -> None:
        with act(), pytest.raises(RoleBeyondYours):
            role_create(name="Sneaky", permission_names=["members.read", "workspace.manage"])

    def test_no_change_of_a_role_with_more(self, act: Any, make_role: Any) -> None:
        stronger = make_role(["workspace.manage"], name="Stronger")
        with act():
            for change in ({"name": "Mine"}, {"permission_names": ["members.read"]}):
                with pytest.raises(RoleBeyondYours):
                    role_change(role_id=stronger.id, **change)
            with pytest.raises(RoleBeyondYours):
                role_delete(role_id=stronger.id)

    def test_no_raising_of_the_own_role(self, act: Any, people_role: Role) -> None:
        with act(), pytest.raises(RoleBeyondYours):
            role_change(
                role_id=people_role.id, permission_names=[*people_role.permissions, "workspace.manage"]
            )

    @pytest.mark.parametrize("role", ["owner", "admin", "member"])
    def test_no_giving_of_a_role_with_more(self, tenant: Tenant, member: Any, act: Any, role: str) -> None:
        viewer = member("0" * 32)
        with act():
            with pytest.raises(ApplicationError) as refused:
                member_change_role(membership_id=place_of(tenant, viewer).id, role=role)
            assert refused.value.status == 403
            with pytest.raises(ApplicationError) as refused:
                invitation_create(email="li@example.com", role=role)
            assert refused.value.status == 403

    def test_no_taking_from_those_with_more(
        self, tenant: Tenant, member: Any, act: Any, people_role: Role
    ) -> None:
        place = place_of(tenant, member("admin"))
        with act():
            with pytest.raises(RoleBeyondYours):
                member_remove(membership_id=place.id)
            with pytest.raises(RoleBeyondYours):
                member_change_role(membership_id=place.id, role=people_role.key)

    def test_no_key_with_more(self, act: Any) -> None:
        with act(), pytest.raises(Invalid):
            key_create(name="Sneaky", role="admin", lifetime=timedelta(days=1))

    def test_what_is_for_owners_alone_is_in_no_role(
        self, tenant: Tenant, as_tenant: AsTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(permissions, "_declared", dict(permissions._declared))
        permissions.declare("workspace.end", "End it", roles=["owner"])
        with as_tenant(tenant):
            assert permissions.allows("workspace.end")
            with pytest.raises(Invalid):
                role_create(name="Ender", permission_names=["workspace.end"])

    def test_a_permission_that_became_the_owners_alone_leaves_the_roles(
        self, tenant: Tenant, as_tenant: AsTenant, make_role: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        role = make_role(["members.read", "workspace.manage"])
        monkeypatch.setattr(permissions, "_declared", dict(permissions._declared))
        permissions.declare("workspace.manage", "Change it", roles=["owner"])
        with as_tenant(tenant):
            assert permissions.role(role.key).permissions == {"members.read"}

    def test_an_invitation_lasts_no_longer_than_its_sender_has_what_it_promises(
        self, tenant: Tenant, person: User, member: Any, as_tenant: AsTenant, make_role: Any
    ) -> None:
        inviter = make_role(["members.read", "members.invite"], name="Inviter")
        sender = member(inviter.key)
        with as_tenant(tenant, role=inviter.key, user=sender):
            invitation = invitation_create(email=person.email, role=inviter.key)
        with as_tenant(tenant):
            role_change(role_id=inviter.id, permission_names=["members.read"])

        with pytest.raises(InvitationUnusable):
            invitation_accept(token=token_of(invitation.id), user_id=person.id)


class TestNames:
    def test_a_name_in_use_is_refused_on_change(
        self, tenant: Tenant, as_tenant: AsTenant, make_role: Any
    ) -> None:
        make_role()
        other = make_role(name="Helper")
        with as_tenant(tenant), pytest.raises(RoleNameTaken):
            role_change(role_id=other.id, name="analyst")
