"""Members: the list, roles, removal, and what happens at the same moment."""

from collections.abc import Callable
from threading import Barrier, Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import scope
from apps.core.errors import ApplicationError
from apps.core.permissions import ROLES
from apps.tenancy.interface import AlreadyMember, SlugTaken
from apps.tenancy.models import Invitation, Membership, Tenant
from apps.tenancy.services.addresses import workspace_change_slug
from apps.tenancy.services.invitations import invitation_create, token_of
from apps.tenancy.services.joining import invitation_accept
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.views import members
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person

SignIn = Callable[[User], Client]


def membership_of(tenant: Tenant, user: User) -> Membership | None:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.filter(tenant=tenant, user=user).first()


def owners(tenant: Tenant) -> int:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.filter(tenant=tenant, role="owner").count()


def owner_of(tenant: Tenant) -> User:
    with scope.use(tenant_id=tenant.id):
        return Membership.objects.select_related("user").get(tenant=tenant, role="owner").user


def page(tenant: Tenant, name: str = "members", *args: Any) -> str:
    return reverse(f"tenancy:{name}", args=[tenant.slug, *args])


class TestList:
    def test_a_long_one_has_pages(
        self, tenant: Tenant, member: Any, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(members, "PAGE_SIZE", 2)
        everybody = [owner_of(tenant).email, *(member(name=f"Person {letter}").email for letter in "abc")]
        owner = signed_in(owner_of(tenant))
        for number in range(3):
            owner.post(page(tenant, "invite"), {"email": f"guest{number}@example.com", "role": "member"})

        first = owner.get(page(tenant))
        turned = {"cursor": first.context["people"].next, "invitations": first.context["invited"].next}
        second = owner.get(page(tenant), turned)

        answers = (first, second)
        assert [found["email"] for one in answers for found in one.context["members"]] == everybody
        invited = [found.email for one in answers for found, _role in one.context["invitations"]]
        assert sorted(invited) == [f"guest{number}@example.com" for number in range(3)]

    def test_every_role_sees_the_members_of_this_workspace(
        self, tenant: Tenant, other_tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        viewer = member("viewer", name="Vera View")

        answer = signed_in(viewer).get(page(tenant))

        assert [found["email"] for found in answer.context["members"]] == [
            owner_of(tenant).email,
            viewer.email,
        ]
        assert owner_of(other_tenant).email not in answer.content.decode()

    def test_who_may_not_change_anything_is_offered_nothing(
        self, tenant: Tenant, member: Any, signed_in: SignIn, as_tenant: Any
    ) -> None:
        with as_tenant(tenant):
            invitation_create(email="li@example.com", role="member")

        answer = signed_in(member("member")).get(page(tenant)).content.decode()

        for address in ("/role/", "/remove/", "/revoke/", "/invite/"):
            assert address not in answer
        assert "li@example.com" not in answer

    def test_an_admin_may_change_all_but_owners(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        admin, viewer = member("admin"), member("viewer")

        rows = signed_in(admin).get(page(tenant)).context["members"]

        offered = {row["email"]: [role for role, _label in row["roles"]] for row in rows}
        assert offered[owner_of(tenant).email] == []
        assert offered[viewer.email] == ["admin", "member"]

    def test_few_queries(
        self,
        tenant: Tenant,
        member: Any,
        signed_in: SignIn,
        as_tenant: Any,
        django_assert_max_num_queries: Any,
    ) -> None:
        with as_tenant(tenant):
            for number in range(5):
                member("viewer")
                invitation_create(email=f"li{number}@example.com", role="member")
        client = signed_in(owner_of(tenant))
        client.get(page(tenant))

        with django_assert_max_num_queries(8):
            assert client.get(page(tenant)).status_code == 200


class TestRoles:
    def test_an_owner_gives_any_role(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        viewer = member("viewer")
        place = membership_of(tenant, viewer)
        client = signed_in(owner_of(tenant))

        for role in ROLES:
            client.post(page(tenant, "change_role", place.id), {"role": role})
            assert membership_of(tenant, viewer).role == role

    @pytest.mark.parametrize(("before", "after"), [("viewer", "owner"), ("owner", "viewer")])
    def test_an_admin_neither_makes_nor_unmakes_owners(
        self, tenant: Tenant, member: Any, signed_in: SignIn, before: str, after: str
    ) -> None:
        someone = member(before)

        answer = signed_in(member("admin")).post(
            page(tenant, "change_role", membership_of(tenant, someone).id), {"role": after}, follow=True
        )

        assert "Only an owner can give or take the owner role." in answer.content.decode()
        assert membership_of(tenant, someone).role == before

    def test_an_admin_can_not_remove_an_owner(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        place = membership_of(tenant, owner_of(tenant))

        signed_in(member("admin")).post(page(tenant, "remove", place.id))

        assert owners(tenant) == 1

    @pytest.mark.parametrize("role", ["member", "viewer"])
    def test_others_change_nothing(self, tenant: Tenant, member: Any, signed_in: SignIn, role: str) -> None:
        actor, place = member(role), membership_of(tenant, member("viewer"))
        client = signed_in(actor)

        assert client.post(page(tenant, "change_role", place.id), {"role": "admin"}).status_code == 403
        assert client.post(page(tenant, "remove", place.id)).status_code == 403
        assert (
            client.post(page(tenant, "invite"), {"email": "li@example.com", "role": "member"}).status_code
            == 403
        )

    @pytest.mark.parametrize("role", ["", "king", "\x00", "OWNER"])
    def test_a_role_that_does_not_exist_is_refused(
        self, tenant: Tenant, member: Any, signed_in: SignIn, role: str
    ) -> None:
        place = membership_of(tenant, member("viewer"))

        answer = signed_in(owner_of(tenant)).post(page(tenant, "change_role", place.id), {"role": role})

        assert answer.status_code == 400

    def test_the_last_owner_is_told_why_they_stay(self, tenant: Tenant, signed_in: SignIn) -> None:
        owner = owner_of(tenant)
        client, place = signed_in(owner), membership_of(tenant, owner)

        for answer in (
            client.post(page(tenant, "change_role", place.id), {"role": "admin"}, follow=True),
            client.post(page(tenant, "remove", place.id), follow=True),
        ):
            assert "A workspace needs an owner. Make somebody else an owner first." in answer.content.decode()
        assert owners(tenant) == 1

    def test_another_workspaces_member_is_not_found(
        self, tenant: Tenant, other_tenant: Tenant, signed_in: SignIn
    ) -> None:
        place = membership_of(other_tenant, owner_of(other_tenant))
        client = signed_in(owner_of(tenant))

        assert client.post(page(tenant, "change_role", place.id), {"role": "viewer"}).status_code == 404
        assert client.post(page(tenant, "remove", place.id)).status_code == 404


class TestRemoval:
    def test_access_ends_with_the_next_request(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        leaver = member("member")
        theirs = signed_in(leaver)
        assert theirs.get(page(tenant)).status_code == 200

        signed_in(owner_of(tenant)).post(page(tenant, "remove", membership_of(tenant, leaver).id))

        assert theirs.get(page(tenant)).status_code == 404

    def test_it_is_in_the_audit_log_as_a_sentence(
        self, tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        leaver = member("member", name="Li Wei")
        client = signed_in(owner_of(tenant))

        client.post(page(tenant, "remove", membership_of(tenant, leaver).id))

        name = owner_of(tenant).display_name
        assert (
            f"{name} removed Li Wei."
            in client.get(reverse("audit:list", args=[tenant.slug])).content.decode()
        )


class TestSettings:
    def test_an_admin_renames(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        client = signed_in(member("admin"))

        client.post(page(tenant, "settings"), {"name": "New  name"})

        assert client.get(page(tenant, "settings")).context["form"].initial == {"name": "New name"}

    @pytest.mark.parametrize("name", ["", "   ", "x" * 81, "A\x00"])
    def test_a_bad_name_is_shown_again(self, tenant: Tenant, signed_in: SignIn, name: str) -> None:
        answer = signed_in(owner_of(tenant)).post(page(tenant, "settings"), {"name": name})

        assert answer.status_code == 422
        assert answer.context["form"].errors["name"]

    def test_members_have_no_settings(self, tenant: Tenant, member: Any, signed_in: SignIn) -> None:
        assert signed_in(member("member")).get(page(tenant, "settings")).status_code == 403

    def test_few_queries(self, tenant: Tenant, signed_in: SignIn, django_assert_max_num_queries: Any) -> None:
        client = signed_in(owner_of(tenant))
        client.get(page(tenant, "settings"))

        with django_assert_max_num_queries(8):
            assert client.get(page(tenant, "settings")).status_code == 200


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts in threads that start together; return what each returned or the application error it raised."""
    barrier, outcomes = Barrier(len(acts)), [None] * len(acts)

    def run(position: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=10)
            outcomes[position] = act()
        except ApplicationError as error:
            outcomes[position] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return outcomes


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("step", ["demote", "remove"])
    def test_two_owners_against_each_other_leave_one(self, step: str) -> None:
        tenant = workspaces.workspace()
        first = owner_of(tenant)
        second = workspaces.member(tenant, "owner")

        def against(actor: User, other: User) -> Callable[[], Any]:
            place = membership_of(tenant, other)

            def act() -> Any:
                with workspaces.scope_of(tenant, "owner", actor):
                    if step == "remove":
                        return member_remove(membership_id=place.id)
                    return member_change_role(membership_id=place.id, role="viewer")

            return act

        outcomes = at_once(against(first, second), against(second, first))

        assert owners(tenant) == 1
        assert sum(isinstance(outcome, ApplicationError) for outcome in outcomes) == 1

    def test_an_invitation_accepted_twice_makes_one_membership(self) -> None:
        tenant, guest = workspaces.workspace(), person()
        with workspaces.scope_of(tenant):
            token = token_of(invitation_create(email=guest.email, role="member").id)

        outcomes = at_once(*[lambda: invitation_accept(token=token, user_id=guest.id)] * 2)

        assert sorted(isinstance(outcome, ApplicationError) for outcome in outcomes) == [False, True]
        assert membership_of(tenant, guest).role == "member"

    def test_two_invitations_accepted_at_once_make_one_membership(self) -> None:
        tenant, guest = workspaces.workspace(), person()
        with workspaces.scope_of(tenant):
            tokens = [
                token_of(invitation_create(email=to, role="member").id) for to in (guest.email, "li@x.io")
            ]

        def accepting(token: str) -> Callable[[], Any]:
            return lambda: invitation_accept(token=token, user_id=guest.id, instead=guest.email)

        outcomes = at_once(*map(accepting, tokens))

        assert sorted(isinstance(outcome, AlreadyMember) for outcome in outcomes) == [False, True]
        assert membership_of(tenant, guest).role == "member"

    def test_an_address_invited_twice_has_one_invitation(self) -> None:
        tenant = workspaces.workspace()
        owner = owner_of(tenant)

        def act() -> Any:
            with workspaces.scope_of(tenant, "owner", owner):
                return invitation_create(email="li@example.com", role="member")

        outcomes = at_once(act, act)

        assert sorted(isinstance(outcome, ApplicationError) for outcome in outcomes) == [False, True]
        with scope.use(tenant_id=tenant.id):
            assert Invitation.objects.filter(tenant=tenant).count() == 1

    def test_an_address_that_is_given_up_is_nobody_elses(self) -> None:
        tenant, other = workspaces.workspace(), workspaces.workspace()
        left = tenant.slug
        is_leaving = Event()

        def leave() -> Any:
            with workspaces.scope_of(tenant), transaction.atomic():
                workspace_change_slug(slug="fresh")
                is_leaving.set()
                sleep(0.2)  # the other one has to wait for the commit

        def take() -> Any:
            is_leaving.wait(timeout=10)
            with workspaces.scope_of(other):
                return workspace_change_slug(slug=left)

        assert isinstance(at_once(leave, take)[1], SlugTaken)
