"""What is sensitive asks people once more who they are, and then leads them back."""

import json
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.models import User
from apps.core import scope
from apps.core.http.errors import answer
from apps.core.step_up import StepUpRequired, step_up
from apps.tenancy.models import Tenant
from tests.accounts.test_second_steps import code_of, turn_on
from tests.factories.accounts import PASSWORD, let_time_pass

pytestmark = pytest.mark.django_db
ASKING = reverse("account_reauthenticate")


@pytest.fixture
def owner(tenant: Tenant, member: Any) -> User:
    user: User = member("owner")
    return user


@pytest.fixture
def client(owner: User, signed_in: Any) -> Client:
    """A session of the owner, who logged in an hour ago."""
    client: Client = signed_in(owner)
    let_time_pass(client)
    return client


def sensitive(tenant: Tenant) -> list[str]:
    slug, some_id = tenant.slug, tenant.id
    return [
        reverse("accounts:key_create", args=[slug]),
        reverse("accounts:key_change", args=[slug, some_id]),
        reverse("accounts:key_rotate", args=[slug, some_id]),
        reverse("audit:export", args=[slug]),
        reverse("billing:portal", args=[slug]),
        reverse("tenancy:security", args=[slug]),
        reverse("tenancy:support_allow", args=[slug]),
        reverse("tenancy:delete", args=[slug]),
        reverse("tenancy:role_create", args=[slug]),
        reverse("tenancy:role_change", args=[slug, some_id]),
        reverse("tenancy:role_delete", args=[slug, some_id]),
        reverse("tenancy:change_role", args=[slug, some_id]),
        reverse("tenancy:transfer", args=[slug, some_id]),
        reverse("tenancy:access_grant", args=[slug, some_id]),
        reverse("webhooks:add", args=[slug]),
        reverse("webhooks:change", args=[slug, some_id]),
        reverse("webhooks:rotate", args=[slug, some_id]),
        reverse("account:data"),
        reverse("account:data_fetch", args=[some_id]),
        reverse("account:delete"),
        reverse("account_change_password"),
        reverse("mfa_activate_totp"),
        reverse("mfa_add_webauthn"),
        reverse("mfa_generate_recovery_codes"),
    ]


def test_every_sensitive_page_asks(client: Client, tenant: Tenant) -> None:
    answers = {path: client.post(path) for path in sensitive(tenant)}
    unasked = [
        path for path, answer in answers.items() if not answer.headers.get("Location", "").startswith(ASKING)
    ]
    assert unasked == []


@pytest.mark.parametrize(("role", "asks"), [("owner", True), ("admin", True), ("member", False)])
def test_inviting_asks_for_roles_that_manage_members(
    client: Client, tenant: Tenant, settings: Any, role: str, asks: bool
) -> None:
    page = reverse("tenancy:invite", args=[tenant.slug])
    answer = client.post(page, {"email": "li@example.com", "role": role})
    assert answer.headers["Location"].startswith(ASKING) == asks
    program = client.post(
        "/api/v1/invitations",
        {"email": "bo@example.com", "role": role},
        content_type="application/json",
        headers={settings.WORKSPACE_HEADER: tenant.slug},
    )
    assert program.status_code == (401 if asks else 201)


def test_a_log_in_of_a_moment_ago_is_enough(owner: User, signed_in: Any, tenant: Tenant) -> None:
    assert signed_in(owner).get(reverse("tenancy:delete", args=[tenant.slug])).status_code == 200


def test_it_leads_back_to_the_page_and_is_not_asked_again(client: Client, tenant: Tenant) -> None:
    page = reverse("tenancy:delete", args=[tenant.slug])
    asked = client.get(page)
    back = client.post(asked.url, {"password": PASSWORD, "next": page})
    assert back.url == page
    assert client.get(page).status_code == 200


def test_a_wrong_password_leads_nowhere(client: Client, tenant: Tenant) -> None:
    page = reverse("tenancy:delete", args=[tenant.slug])
    answer = client.post(client.get(page).url, {"password": "wrong", "next": page})
    assert answer.context["form"].errors["password"]
    assert client.get(page).status_code == 302


def test_a_form_leads_back_to_the_page_that_it_is_on(client: Client, tenant: Tenant) -> None:
    members = reverse("tenancy:members", args=[tenant.slug])
    path = reverse("tenancy:change_role", args=[tenant.slug, tenant.id])
    asked = client.post(path, headers={"Referer": f"http://testserver{members}?q=li"})
    assert asked.url == f"{ASKING}?next={members}%3Fq%3Dli"
    foreign = client.post(path, headers={"Referer": "https://evil.example/"})
    assert foreign.url == f"{ASKING}?next={reverse('home')}"


def test_htmx_leaves_the_page_instead_of_swapping_into_it(client: Client, tenant: Tenant) -> None:
    members = reverse("tenancy:members", args=[tenant.slug])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{members}"}
    asked = client.post(reverse("tenancy:change_role", args=[tenant.slug, tenant.id]), headers=headers)
    assert (asked.status_code, asked.headers["HX-Redirect"]) == (204, f"{ASKING}?next={members}")


def test_with_a_second_step_the_password_alone_is_not_enough(owner: User, signed_in: Any) -> None:
    client = signed_in(owner)
    key = turn_on(client)
    let_time_pass(client)
    page = reverse("mfa_deactivate_totp")

    asked = client.get(page)
    assert asked.url.startswith(reverse("mfa_reauthenticate"))
    refused = client.post(ASKING, {"password": PASSWORD, "next": page})
    assert refused.url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(page).status_code == 302

    assert client.post(asked.url, {"code": code_of(key), "next": page}).url == page
    assert client.get(page).status_code == 200


def test_a_program_is_told_how_recent_it_must_be() -> None:
    request = RequestFactory().post("/api/v1/things")
    refused = answer(request, StepUpRequired())
    assert refused.status_code == 401
    assert json.loads(refused.content)["code"] == "insufficient_user_authentication"
    assert refused["WWW-Authenticate"] == 'Bearer error="insufficient_user_authentication", max_age=300'


def test_keys_pass_and_people_without_a_noted_moment_do_not() -> None:
    view = step_up(lambda: "done")
    with scope.use(actor=scope.Actor(kind="key")):
        assert view() == "done"
    with scope.use(actor=scope.Actor(kind="person")), pytest.raises(StepUpRequired):
        view()
