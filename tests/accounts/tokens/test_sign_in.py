"""Signing apps in and out, and what they are told."""

import json
from typing import Any

import jwt
import pytest

from apps.tenancy.models import Tenant
from tests.accounts.test_passkeys import add
from tests.accounts.tokens.conftest import AUTH, App
from tests.factories import tenancy
from tests.factories.accounts import PASSWORD
from tests.fakes.passkey import Passkey

pytestmark = pytest.mark.django_db


def test_log_in_gives_a_pair_that_opens_the_workspace_opened_last(app: App, tenant: Tenant) -> None:
    assert app.tokens["workspace"] == tenant.slug
    assert app.tokens["expires_in"] == 300
    assert app.get().status_code == 200


def test_no_session_is_left_beside_the_tokens(app: App) -> None:
    assert "session_token" not in app.tokens
    assert "sessionid" not in app.client.cookies


@pytest.mark.parametrize("path", ["auth/login", "auth/code/request", "auth/session", "tokens/refresh"])
@pytest.mark.parametrize("value", ['"\\ud800.a.b"', "[" * 50_000, "[" * 50_000 + "]" * 50_000])
def test_a_body_that_nobody_can_read_is_refused(app: App, path: str, value: str) -> None:
    body = f'{{"email": "{app.user.email}", "password": {value}, "refresh_token": {value}}}'
    answer = app.client.post(f"{AUTH}/{path}", body, content_type="application/json")
    assert answer.status_code == 400


def test_a_passkey_alone_signs_in(app: App, signed_in: Any, tenant: Tenant) -> None:
    passkey, phone = Passkey(), App(app.user)
    add(signed_in(app.user), passkey)
    asked = phone.client.get(f"{AUTH}/auth/webauthn/login").json()
    phone.client.defaults["HTTP_X_SESSION_TOKEN"] = asked["meta"]["session_token"]
    answer = phone.post("auth/webauthn/login", credential=json.loads(passkey.get(asked["data"])))

    phone.tokens = answer.json()["meta"]
    assert phone.tokens["workspace"] == tenant.slug
    assert methods_in(phone) == ["hwk"]
    assert phone.get().status_code == 200


def test_a_passkey_is_the_second_step_after_the_password(app: App, signed_in: Any) -> None:
    passkey, phone = Passkey(), App(app.user)
    add(signed_in(app.user), passkey)
    answer = phone.post("auth/login", email=app.user.email, password=PASSWORD)
    assert answer.status_code == 401
    phone.client.defaults["HTTP_X_SESSION_TOKEN"] = answer.json()["meta"]["session_token"]
    asked = phone.client.get(f"{AUTH}/auth/webauthn/authenticate").json()
    answer = phone.post("auth/webauthn/authenticate", credential=json.loads(passkey.get(asked["data"])))

    phone.tokens = answer.json()["meta"]
    assert methods_in(phone) == ["pwd", "hwk", "mfa"]
    assert phone.get().status_code == 200


def test_a_passkey_of_another_site_signs_nobody_in(app: App, signed_in: Any) -> None:
    passkey, phone = Passkey(), App(app.user)
    add(signed_in(app.user), passkey)
    passkey.rp_id = "evil.example"
    asked = phone.client.get(f"{AUTH}/auth/webauthn/login").json()
    phone.client.defaults["HTTP_X_SESSION_TOKEN"] = asked["meta"]["session_token"]
    answer = phone.post("auth/webauthn/login", credential=json.loads(passkey.get(asked["data"])))

    assert answer.status_code == 400
    assert "access_token" not in answer.json().get("meta", {})


def methods_in(app: App) -> Any:
    return jwt.decode(app.tokens["access_token"], options={"verify_signature": False})["amr"]


def test_refresh_gives_the_next_pair(app: App) -> None:
    former = app.tokens["refresh_token"]

    assert app.refresh().status_code == 200
    assert app.tokens["refresh_token"] != former
    assert app.get().status_code == 200


def test_writing_needs_no_csrf_token(app: App) -> None:
    body = {"email": "ana@example.com", "role": "viewer"}
    bearer = {"authorization": f"Bearer {app.tokens['access_token']}"}
    answer = app.client.post("/api/v1/invitations", body, content_type="application/json", headers=bearer)

    assert answer.status_code == 201


def test_who_is_in_no_workspace_gets_tokens_without_one(person: Any) -> None:
    app = App(person).sign_in()

    assert app.tokens["workspace"] == ""
    assert (app.get().status_code, app.get().json()["code"]) == (400, "workspace_required")


def test_the_session_names_the_person_and_their_workspaces(
    app: App, tenant: Tenant, other_tenant: Tenant
) -> None:
    tenancy.member(other_tenant, user=app.user)
    told = app.get("/api/auth/app/v1/auth/session").json()["data"]

    assert told["user"]["email"] == app.user.email
    assert [(found["slug"], found["current"]) for found in told["workspaces"]] == [
        (tenant.slug, True),
        (other_tenant.slug, False),
    ]


def test_switching_is_a_new_pair(app: App, other_tenant: Tenant) -> None:
    tenancy.member(other_tenant, user=app.user, role="viewer")

    assert app.refresh(workspace=other_tenant.slug).json()["data"]["workspace"] == other_tenant.slug
    assert sorted(row["role"] for row in app.get().json()["results"]) == ["owner", "viewer"]
    assert app.refresh().json()["data"]["workspace"] == other_tenant.slug


def test_switching_to_a_workspace_of_others_is_refused_and_uses_nothing_up(
    app: App, other_tenant: Tenant
) -> None:
    assert app.refresh(workspace=other_tenant.slug).json()["code"] == "workspace_not_found"
    assert app.refresh().status_code == 200


def test_signing_out_ends_both_tokens(app: App) -> None:
    assert app.sign_out().status_code == 401  # allauth's way to say that nobody is signed in now
    assert app.get().status_code == 401
    assert app.refresh().status_code == 401
