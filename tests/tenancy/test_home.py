"""Where a person arrives, and how they make a workspace."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.tenancy.models import Membership, Tenant
from tests.factories import tenancy as workspaces

SignIn = Callable[[User], Client]


class TestHome:
    def test_a_visitor_is_asked_to_sign_in(self, db: None) -> None:
        answer = Client().get(reverse("home"))

        assert answer.url.startswith(reverse("account_login"))

    def test_a_person_without_a_workspace_makes_one(self, person: User, signed_in: SignIn) -> None:
        answer = signed_in(person).get(reverse("home"))

        assert answer.url == reverse("workspace_create")

    def test_a_person_comes_back_to_the_workspace_they_opened_last(
        self, tenant: Tenant, other_tenant: Tenant, person: User, signed_in: SignIn
    ) -> None:
        for place in (tenant, other_tenant):
            workspaces.member(place, user=person)
        client = signed_in(person)
        assert client.get(reverse("home")).url == reverse("workspace", args=[other_tenant.slug])

        client.get(reverse("tenancy:members", args=[tenant.slug]))

        assert client.get(reverse("home")).url == reverse("workspace", args=[tenant.slug])
        assert signed_in(person).get(reverse("home")).url == reverse("workspace", args=[tenant.slug])

    def test_the_workspaces_address_leads_to_a_page(
        self, tenant: Tenant, signed_in: SignIn, member: Any
    ) -> None:
        answer = signed_in(member()).get(reverse("workspace", args=[tenant.slug]), follow=True)

        assert answer.status_code == 200

    def test_another_workspace_is_not_found(
        self, other_tenant: Tenant, member: Any, signed_in: SignIn
    ) -> None:
        assert signed_in(member()).get(reverse("workspace", args=[other_tenant.slug])).status_code == 404


class TestCreate:
    def test_the_creator_becomes_the_owner_and_arrives(self, person: User, signed_in: SignIn) -> None:
        answer = signed_in(person).post(reverse("workspace_create"), {"name": "  Acme   Corp "})

        assert answer.url == reverse("workspace", args=["acme-corp"])
        with workspaces.acting_as(person):
            membership = Membership.objects.select_related("tenant").get(user=person)
        assert (membership.tenant.name, membership.role) == ("Acme Corp", "owner")

    def test_a_name_that_others_use_gets_another_address(self, person: User, signed_in: SignIn) -> None:
        workspaces.workspace(name="Acme", slug="acme")

        answer = signed_in(person).post(reverse("workspace_create"), {"name": "Acme"})

        assert answer.url.startswith("/w/acme-")

    @pytest.mark.parametrize(
        ("given", "field", "says"),
        [
            ({"name": ""}, "name", "required"),
            ({"name": "   "}, "name", "required"),
            ({"name": "x" * 81}, "name", "80 characters"),
            ({"name": "A\x00b"}, "name", "Null characters"),
            ({"name": "Acme", "slug": "No spaces"}, "slug", "letters a to z"),
            ({"name": "Acme", "slug": "-acme"}, "slug", "letters a to z"),
            ({"name": "Acme", "slug": "admin"}, "slug", "reserved"),
            ({"name": "Acme", "slug": "taken"}, "slug", "already uses this address"),
        ],
    )
    def test_bad_input_is_shown_again_with_what_is_wrong(
        self, person: User, signed_in: SignIn, given: dict[str, str], field: str, says: str
    ) -> None:
        workspaces.workspace(slug="taken")

        answer = signed_in(person).post(reverse("workspace_create"), given)

        assert answer.status_code == 422
        assert says in answer.context["form"].errors[field][0]
        with workspaces.acting_as(person):
            assert not Membership.objects.filter(user=person).exists()

    def test_the_address_is_previewed(self, person: User, signed_in: SignIn) -> None:
        client = signed_in(person)
        preview = client.get(reverse("workspace_create"), {"preview": "1", "name": "Acme & Frères"})

        assert "<b>acme-freres</b>" in preview.content.decode()
        assert "<html" not in preview.content.decode()

    def test_few_queries(self, person: User, signed_in: SignIn, django_assert_max_num_queries: Any) -> None:
        client = signed_in(person)
        client.get(reverse("workspace_create"))
        with django_assert_max_num_queries(8):
            assert client.get(reverse("workspace_create")).status_code == 200
