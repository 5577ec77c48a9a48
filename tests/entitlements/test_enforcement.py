"""Where a plan ends: pages, the API and templates say so, and lead to the plans."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import User
from apps.core import scope
from apps.core.http.errors import answer
from apps.entitlements.interface import FeatureNotIncluded, Standing, keep_open, requires_feature
from apps.entitlements.read_only import is_open
from apps.tenancy import bearer
from apps.tenancy.models import Invitation, Membership, Tenant
from tests.factories import entitlements as decisions
from tests.factories import tenancy as workspaces

InTenant = Callable[..., AbstractContextManager[scope.Scope]]
SignIn = Callable[[User], Client]
API, SEATS = "api.access", "members.seats"


@requires_feature(API)
def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("inside")


def plans_of(tenant: Tenant) -> str:
    """Return the path of the page with a workspace's plans; empty where there is no billing."""
    try:
        return reverse("billing:overview", args=[tenant.slug])
    except NoReverseMatch:
        return ""


class TestFeature:
    def test_a_view_that_requires_one_opens_with_it_alone(self, tenant: Tenant, as_tenant: InTenant) -> None:
        request = RequestFactory().get("/")
        with as_tenant(tenant):
            assert view(request).content == b"inside"
            decisions.override(tenant, API, 0)
            with pytest.raises(FeatureNotIncluded):
                view(request)

    def test_a_template_shows_one_side(self, tenant: Tenant, as_tenant: InTenant) -> None:
        source = '{% feature "api.access" %}with{% else %}without{% endfeature %}'
        with as_tenant(tenant):
            assert Template(source).render(Context()) == "with"
            decisions.override(tenant, API, 0)
            assert Template(source).render(Context()) == "without"

    def test_a_page_says_why_and_leads_to_the_plans(
        self, tenant: Tenant, member: Callable[..., User], signed_in: SignIn
    ) -> None:
        decisions.override(tenant, API, 0)
        page = signed_in(member("owner")).get(reverse("accounts:key_create", args=[tenant.slug]))

        assert page.status_code == 402
        text = page.content.decode()
        assert "Your plan doesn&#x27;t include this: API. The plan Team does." in text
        assert plans_of(tenant) in text
        assert ("Plan and payment" in text) == bool(plans_of(tenant))

    def test_the_address_of_the_plans_is_in_the_answer(self) -> None:
        error = FeatureNotIncluded("Not in your plan.", remedy_url="https://t.example/w/a/billing/")
        page = answer(RequestFactory().get("/"), error)
        document = answer(RequestFactory().get("/api/v1/members"), error)

        assert 'href="https://t.example/w/a/billing/"' in page.content.decode()
        assert document.status_code == 402
        assert b'"remedy_url": "https://t.example/w/a/billing/"' in document.content


class TestApi:
    def test_a_key_opens_nothing_where_the_plan_has_no_api(self, tenant: Tenant) -> None:
        headers = workspaces.key_headers(tenant)
        assert Client(headers=headers).get("/api/v1/members").status_code == 200
        decisions.override(tenant, API, 0)
        bearer._api_seen.clear()  # a second passes

        refused = Client(headers=headers).get("/api/v1/members")
        assert refused.status_code == 402
        assert refused.json()["code"] == "feature_not_included"
        assert "The plan Team does." in refused.json()["title"]
        assert refused.json().get("remedy_url", "").endswith(plans_of(tenant))

    def test_and_none_is_made(self, tenant: Tenant) -> None:
        decisions.override(tenant, API, 0)

        with pytest.raises(FeatureNotIncluded):
            workspaces.key_headers(tenant)


class TestReadOnly:
    @pytest.fixture
    def owner(self, tenant: Tenant, member: Callable[..., User], signed_in: SignIn) -> Client:
        client = signed_in(member("owner"))
        decisions.facts(tenant, plan="team", standing=Standing.READ_ONLY)
        return client

    def test_everything_can_be_read(self, tenant: Tenant, owner: Client) -> None:
        assert owner.get(reverse("tenancy:members", args=[tenant.slug])).status_code == 200

    def test_what_changes_something_is_refused_with_the_reason(self, tenant: Tenant, owner: Client) -> None:
        page = owner.post(reverse("tenancy:settings", args=[tenant.slug]), {"name": "New name"})

        assert page.status_code == 402
        assert "A payment is missing" in page.content.decode()
        with scope.use(tenant_id=tenant.id):
            assert Tenant.objects.get().name != "New name"

    def test_the_api_answers_the_same(self, tenant: Tenant, owner: Client) -> None:
        decisions.facts(tenant, plan="team")
        client = Client(headers=workspaces.key_headers(tenant))
        decisions.facts(tenant, plan="team", standing=Standing.READ_ONLY)

        wanted = {"email": "li@example.com", "role": "member"}
        refused = client.post("/api/v1/invitations", wanted, "application/json")
        assert (refused.status_code, refused.json()["code"]) == (402, "workspace_read_only")
        assert client.get("/api/v1/members").status_code == 200

    def test_one_may_leave(self, tenant: Tenant, owner: Client, as_tenant: InTenant) -> None:
        assert owner.post(reverse("tenancy:leave", args=[tenant.slug])).status_code == 302
        with as_tenant(tenant):
            assert Membership.objects.filter(tenant=tenant).count() == 1

    def test_grace_hinders_nothing(self, tenant: Tenant, owner: Client) -> None:
        decisions.facts(tenant, plan="team", standing=Standing.GRACE)

        page = owner.post(reverse("tenancy:settings", args=[tenant.slug]), {"name": "New name"})
        assert page.status_code == 302

    def test_outside_of_the_workspace_nothing_changes(self, owner: Client) -> None:
        assert owner.post(reverse("account:theme"), {"theme": "dark"}).status_code == 204

    def test_all_routes_of_a_module_can_be_kept_open(self) -> None:
        keep_open("shop:")

        assert is_open("shop:pay")
        assert is_open("tenancy:leave")
        assert not is_open("tenancy:invite")
        assert not is_open("")


class TestSeats:
    def invite(self, client: Client, tenant: Tenant, *emails: str) -> Any:
        values = {"email": "\n".join(emails), "role": "member"}
        return client.post(reverse("tenancy:invite", args=[tenant.slug]), values)

    @pytest.fixture
    def owner(self, tenant: Tenant, member: Callable[..., User], signed_in: SignIn) -> Client:
        """The second owner of a workspace with three seats."""
        client = signed_in(member("owner"))
        decisions.override(tenant, SEATS, 3)
        return client

    def test_open_invitations_count(self, tenant: Tenant, owner: Client, as_tenant: InTenant) -> None:
        page = self.invite(owner, tenant, "a@x.example", "b@x.example")

        assert "Not sent: no seat left" in page.content.decode()
        with as_tenant(tenant):
            assert Invitation.objects.get().email == "a@x.example"

    def test_a_single_one_is_refused_with_the_reason(self, tenant: Tenant, owner: Client) -> None:
        self.invite(owner, tenant, "a@x.example")
        page = self.invite(owner, tenant, "b@x.example")

        assert page.status_code == 422
        assert "Your plan has no seat left." in page.content.decode()

    def test_an_invitation_taken_back_makes_room(
        self, tenant: Tenant, owner: Client, as_tenant: InTenant
    ) -> None:
        self.invite(owner, tenant, "a@x.example")
        with as_tenant(tenant):
            invitation = Invitation.objects.get()
        owner.post(reverse("tenancy:revoke", args=[tenant.slug, invitation.id]))

        assert self.invite(owner, tenant, "b@x.example").status_code == 302

    def test_sending_one_again_takes_no_other_seat(
        self, tenant: Tenant, owner: Client, as_tenant: InTenant
    ) -> None:
        self.invite(owner, tenant, "a@x.example")
        with as_tenant(tenant):
            invitation = Invitation.objects.get()

        owner.post(reverse("tenancy:resend", args=[tenant.slug, invitation.id]))
        with as_tenant(tenant):
            assert Invitation.objects.filter(revoked_at=None).exclude(id=invitation.id).exists()
