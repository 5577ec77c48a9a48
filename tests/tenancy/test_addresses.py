"""Changing a workspace's address: where the old one leads, for whom, and for how long."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.core.errors import Conflict, Invalid, PermissionDenied
from apps.tenancy.interface import SlugTaken
from apps.tenancy.models import FormerSlug, Tenant
from apps.tenancy.services.addresses import MOST_HELD, workspace_change_slug
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person as somebody

SignIn = Callable[[User], Client]
Member = Callable[..., User]
InTenant = Callable[..., AbstractContextManager[scope.Scope]]


@pytest.fixture
def moved(tenant: Tenant, as_tenant: InTenant) -> str:
    """The former address of `tenant`, which is called `fresh` now."""
    before = tenant.slug
    with as_tenant(tenant):
        workspace_change_slug(slug="fresh")
    return before


def let_go(tenant: Tenant) -> None:
    """Have the time pass for which former addresses are held."""
    with scope.use(tenant_id=tenant.id), transaction.atomic():
        FormerSlug.objects.update(held_until=clock.now() - timedelta(seconds=1))


class TestRedirect:
    def test_members_are_led_to_the_same_page(
        self, tenant: Tenant, moved: str, member: Member, signed_in: SignIn
    ) -> None:
        answer = signed_in(member()).get(f"/w/{moved}/members/?sort=title&q=a%26b")

        assert answer.status_code == 302
        assert answer.url == "/w/fresh/members/?sort=title&q=a%26b"

    def test_a_form_that_stood_open_arrives(
        self, tenant: Tenant, moved: str, member: Member, signed_in: SignIn
    ) -> None:
        answer = signed_in(member("admin")).post(f"/w/{moved}/settings/", {"name": "New name"}, follow=True)

        assert answer.redirect_chain[0] == ("/w/fresh/settings/", 307)
        with scope.use(tenant_id=tenant.id):
            assert Tenant.objects.get().name == "New name"

    def test_others_are_not_told(self, moved: str, person: User, signed_in: SignIn) -> None:
        assert signed_in(person).get(f"/w/{moved}/members/").status_code == 404
        assert signed_in(person).get("/w/never-was/members/").status_code == 404

    @pytest.mark.parametrize("slug", ["a%00b", "%ed%a0%80", "..", "x" * 200])
    def test_what_is_no_address_leads_nowhere(self, person: User, signed_in: SignIn, slug: str) -> None:
        assert signed_in(person).get(f"/w/{slug}/members/").status_code == 404

    def test_it_ends(self, tenant: Tenant, moved: str, member: Member, signed_in: SignIn) -> None:
        let_go(tenant)

        assert signed_in(member()).get(f"/w/{moved}/members/").status_code == 404

    def test_programs_go_on_with_the_old_name(
        self, moved: str, api_client: Client, member: Member, signed_in: SignIn, settings: Any
    ) -> None:
        named = {settings.WORKSPACE_HEADER: moved}
        by_key = api_client.get("/api/v1/members", headers=named)
        by_session = signed_in(member()).get("/api/v1/members", headers=named)

        assert (by_key.status_code, by_session.status_code) == (200, 200)
        with scope.as_role("platform"):
            assert not AuditEntry.objects.filter(action="access.refused").exists()

    def test_the_usual_page_asks_nothing_more(
        self,
        tenant: Tenant,
        moved: str,
        member: Member,
        signed_in: SignIn,
        django_assert_max_num_queries: Any,
    ) -> None:
        client = signed_in(member("admin"))
        client.get("/w/fresh/settings/")
        with django_assert_max_num_queries(8):
            page = client.get("/w/fresh/settings/").content.decode()
        assert f"/w/{moved}/" in page


class TestWhoMayHaveIt:
    def test_nobody_else_while_it_is_held(self, tenant: Tenant, moved: str, other_tenant: Tenant) -> None:
        with pytest.raises(SlugTaken):
            workspaces.workspace(slug=moved)
        with workspaces.scope_of(other_tenant), pytest.raises(SlugTaken):
            workspace_change_slug(slug=moved)

    def test_anybody_after_that(self, tenant: Tenant, moved: str) -> None:
        let_go(tenant)

        assert workspaces.workspace(slug=moved).slug == moved

    def test_the_workspace_itself_any_time(self, tenant: Tenant, moved: str, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            workspace_change_slug(slug=moved)

            assert [old.slug for old in FormerSlug.objects.all()] == ["fresh"]

    def test_a_name_like_a_former_address_gets_another(self, tenant: Tenant, moved: str) -> None:
        made = workspaces.workspace(name=moved.replace("-", " "))

        assert made.slug.startswith(moved + "-")

    def test_nobody_hoards_addresses(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            for number in range(MOST_HELD):
                workspace_change_slug(slug=f"place-{number}")
            with pytest.raises(Conflict):
                workspace_change_slug(slug="one-too-many")


class TestChanging:
    def test_is_recorded(self, tenant: Tenant, moved: str) -> None:
        with scope.as_role("platform"):
            entry = AuditEntry.objects.select_related("detail").get(action="workspace.moved")
        assert (entry.detail.before, entry.detail.after) == ({"slug": moved}, {"slug": "fresh"})

    def test_another_workspaces_address_is_refused(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant), pytest.raises(SlugTaken):
            workspace_change_slug(slug=other_tenant.slug)

    @pytest.mark.parametrize("slug", ["", "-a", "Ä", "a b", "x" * 41, "admin", "a/b", "a\x00"])
    def test_what_is_no_address_is_shown_again(
        self, tenant: Tenant, member: Member, signed_in: SignIn, slug: str
    ) -> None:
        answer = signed_in(member("admin")).post(
            reverse("tenancy:address", args=[tenant.slug]), {"slug": slug}
        )

        assert answer.status_code == 422

    def test_members_may_not(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant, role="member"), pytest.raises(PermissionDenied):
            workspace_change_slug(slug="mine")

    def test_the_page_leads_on_to_the_new_address(
        self, tenant: Tenant, member: Member, signed_in: SignIn
    ) -> None:
        client, address = signed_in(member("admin")), reverse("tenancy:address", args=[tenant.slug])
        assert client.get(address).status_code == 200

        assert client.post(address, {"slug": " Fresh "}).url == "/w/fresh/settings/"

    def test_nothing_is_written_of_what_is_refused(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            with pytest.raises(Invalid):
                workspace_change_slug(slug="?")
            assert not FormerSlug.objects.exists()


class TestOwningMany:
    def test_ends_somewhere(self, person: User, signed_in: SignIn, settings: Any) -> None:
        settings.WORKSPACES_PER_OWNER = 2
        client = signed_in(person)
        for name in ("One", "Two"):
            assert client.post(reverse("workspace_create"), {"name": name}).status_code == 302

        answer = client.post(reverse("workspace_create"), {"name": "Three"})

        assert answer.status_code == 422
        assert "as many workspaces as one person can" in answer.content.decode()

    def test_workspaces_of_others_do_not_count(
        self, tenant: Tenant, person: User, signed_in: SignIn, settings: Any
    ) -> None:
        settings.WORKSPACES_PER_OWNER = 1
        workspaces.member(tenant, "admin", user=person)

        assert signed_in(person).post(reverse("workspace_create"), {"name": "Mine"}).status_code == 302

    def test_a_double_click_makes_one(self, person: User, signed_in: SignIn) -> None:
        client, asked = signed_in(person), {"name": "Acme", "slug": "acme"}

        places = {client.post(reverse("workspace_create"), asked).url for _click in range(2)}

        assert places == {"/w/acme/"}
        with workspaces.acting_as(person):
            assert Tenant.objects.count() == 1

    def test_the_same_name_later_makes_another(self, person: User, signed_in: SignIn) -> None:
        owner = somebody()
        with clock.stopped_at(clock.now() - timedelta(minutes=1)):
            workspaces.workspace(name="Acme", owner=owner)

        answer = signed_in(owner).post(reverse("workspace_create"), {"name": "Acme"})

        assert answer.url != "/w/acme/"
