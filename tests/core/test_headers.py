"""What Mozilla's Observatory asks of an answer, with the headers and cookies of the production settings."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core import clock, scope
from apps.tenancy.models import HostName, Tenant
from apps.tenancy.services.logo import logo_set
from config.settings import base, production
from tests.accounts.test_second_steps import turn_on
from tests.accounts.tokens.conftest import App
from tests.architecture.leaks import routes
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD, log_in, person

pytestmark = pytest.mark.django_db

HTTPS = {"X-Forwarded-Proto": "https"}  # as our proxy says
A_YEAR = f"max-age={365 * 24 * 60 * 60}"
OF_A_WORKSPACE = "radar.acme.example"


@pytest.fixture(autouse=True)
def in_production(settings: Any) -> None:
    """Take what the production settings set on top."""
    for name in vars(production):
        if name.isupper() and getattr(production, name) != getattr(base, name, None):
            setattr(settings, name, getattr(production, name))


def session_of(user: User) -> Client:
    client = Client(headers=HTTPS)
    client.force_login(user)
    return client


@pytest.fixture
def staff() -> Client:
    with scope.as_role("platform"):
        return session_of(person(is_staff=True))


@pytest.fixture
def answers(tenant: Tenant, member: Callable[..., User], staff: Client) -> dict[str, HttpResponse]:
    """An answer of each kind, by its name."""
    with workspaces.scope_of(tenant), transaction.atomic():
        logo_set(content=workspaces.picture())
        HostName.objects.create(host=OF_A_WORKSPACE, token="t", verified_at=clock.now())
    nobody, admin = Client(headers=HTTPS), session_of(member("admin"))
    api = Client(headers=HTTPS | workspaces.key_headers(tenant))
    return {
        "the landing page": nobody.get("/"),
        "the log-in page": nobody.get("/account/login/"),
        "a page of a workspace": admin.get(f"/w/{tenant.slug}/members/"),
        "the API": api.get("/api/v1/members"),
        "the API without a key": nobody.get("/api/v1/members"),
        "the API's description": nobody.get("/api/v1/openapi.json"),
        "the API's explorer": nobody.get("/api/docs/"),
        "the back office": staff.get("/admin/"),
        "a picture": admin.get(reverse("tenancy:logo", args=[tenant.slug])),
        "a page that is not there": nobody.get("/nowhere/"),
        "a page that is refused": session_of(member("viewer")).get(f"/w/{tenant.slug}/settings/"),
        "a redirect": nobody.get(f"/w/{tenant.slug}/members/"),
        "a form without its token": Client(headers=HTTPS, enforce_csrf_checks=True).post("/account/login/"),
        "the way to report a hole": nobody.get("/.well-known/security.txt"),
        "a body that is too large": nobody.generic("POST", "/account/login/", CONTENT_LENGTH="99999999"),
        "a length that is no number": nobody.generic("POST", "/account/login/", CONTENT_LENGTH="many"),
    } | {name: nobody.get(path, headers={"host": host}) for name, (host, path) in ELSEWHERE.items()}


#: What is answered before it is known whose host it is, or at one that is not ours.
ELSEWHERE = {
    "whether the process is well": ("10.0.0.7:8000", "/healthz"),
    "whether it can serve": ("10.0.0.7:8000", "/readyz"),
    "a host that nobody has": ("evil.example", "/account/login/"),
    "the beginning of a workspace's own host": (OF_A_WORKSPACE, "/"),
    "a page at a workspace's own host": (OF_A_WORKSPACE, "/account/login/"),
}
SECRET = ("a page of a workspace", "the API", "the back office", "a page that is refused")


def test_every_answer_is_strict(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        assert answer.status_code < 500, name
        assert_strict(answer, name)
        promise = A_YEAR if name in ELSEWHERE else f"{A_YEAR}; includeSubDomains; preload"
        assert answer["Strict-Transport-Security"] == promise, name


def test_every_address_is_strict_with_visitors() -> None:
    client = Client(headers=HTTPS | {"X-Told": "in confidence"}, raise_request_exception=False)
    for route in routes.find():
        path = route.path(dict.fromkeys(route.arguments, "1"))
        for method in ("GET", "POST", "TRACE"):
            answer = client.generic(method, path)
            assert_strict(answer, f"{method} {path}")
            assert answer["Strict-Transport-Security"] == f"{A_YEAR}; includeSubDomains; preload", path
            assert answer.streaming or b"in confidence" not in answer.content, (
                f"{method} {path} repeats itself"
            )


def assert_strict(answer: HttpResponse, name: str) -> None:
    policy = directives(answer["Content-Security-Policy"])
    assert policy["default-src"] == {"'none'"}, name
    assert policy.get("frame-ancestors", {"'none'"} if "sandbox" in policy else set()) == {"'none'"}, name
    assert not {word for words in policy.values() for word in words if "unsafe" in word or "*" in word}, name
    assert not {"http:", "https:", "data:"} & policy.get("script-src", set()), name
    assert answer["X-Content-Type-Options"] == "nosniff", name
    assert answer["X-Frame-Options"] == "DENY", name
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer"), name
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin", name
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin", name
    assert "camera=()" in answer["Permissions-Policy"], name
    assert "Access-Control-Allow-Origin" not in answer, name
    assert "Server" not in answer, name


def test_a_body_says_what_it_is_and_how_it_is_encoded(answers: dict[str, HttpResponse]) -> None:
    for name, answer in answers.items():
        if answer.status_code < 300 or answer.status_code >= 400:
            kind = answer["Content-Type"]
            assert "charset=utf-8" in kind.lower() or kind.startswith(("application/", "image/")), name


def test_pages_load_only_what_is_ours(answers: dict[str, HttpResponse]) -> None:
    policy = directives(answers["a page of a workspace"]["Content-Security-Policy"])

    assert policy["object-src"] == policy["base-uri"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == {"'self'"}


def test_what_a_person_sees_is_kept_nowhere(answers: dict[str, HttpResponse]) -> None:
    for name in SECRET:
        assert "no-store" in answers[name]["Cache-Control"], name
    assert answers["a picture"]["Cache-Control"].startswith("private")


def test_a_link_that_is_a_secret_is_kept_nowhere(tenant: Tenant) -> None:
    nobody = Client(headers=HTTPS)

    for address in (
        "/account/password/reset/key/1-made-up/",
        "/account/confirm-email/made-up/",
        "/invitations/made-up/",
        "/domain-proof/made-up/",
    ):
        answer = nobody.get(address)
        assert answer.status_code != 404, address
        assert "no-store" in answer.get("Cache-Control", ""), address
        assert answer["Referrer-Policy"] in ("same-origin", "no-referrer"), address


def test_what_is_shown_once_is_kept_nowhere(member: Callable[..., User], tenant: Tenant) -> None:
    browser, app, admin = Client(headers=HTTPS), App(member()), member("admin")
    log_in(browser, admin)
    app.client = Client(headers=HTTPS)
    setting_up = browser.get(reverse("mfa_activate_totp"))
    turn_on(browser)
    endpoint = {"description": "", "url": "https://93.184.215.14/hook", "events": ["member.added"]}
    program = Client(headers=HTTPS | workspaces.key_headers(tenant))
    shown = {
        "the key of codes": setting_up,
        "recovery codes": browser.get(reverse("mfa_view_recovery_codes")),
        "tokens": app.post("auth/login", email=app.user.email, password=PASSWORD),
        "the next tokens": app.sign_in().refresh(),
        "the secret of a webhook": program.post("/api/v1/webhook-endpoints", endpoint, "application/json"),
        "a personal data page": browser.get(reverse("account:data")),
    }

    for name, answer in shown.items():
        assert answer.status_code in (200, 201), (name, answer.content)
        assert "no-store" in answer["Cache-Control"], name


def test_cookies_are_for_this_host_alone(tenant: Tenant, member: Callable[..., User]) -> None:
    client = Client(headers=HTTPS)
    client.get("/account/login/")
    client.post("/account/login/", {"login": member("admin").email, "password": PASSWORD})
    client.post(reverse("tenancy:logo_change", args=[tenant.slug]))  # which leaves a message

    cookies = dict(client.cookies.items())
    assert cookies.keys() >= {"__Host-sessionid", "__Host-csrftoken", "__Host-messages"}
    assert all(name.startswith("__Host-") for name in cookies)
    for name, cookie in cookies.items():
        assert cookie["secure"], name
        assert cookie["samesite"] == "Lax", name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name
        # The explorer reads the token against forged forms, which is its purpose.
        assert cookie["httponly"] or name == "__Host-csrftoken", name


def test_who_logs_out_leaves_nothing_behind(member: Callable[..., User]) -> None:
    client = session_of(member())

    assert "Clear-Site-Data" not in client.get("/account/")
    answer = client.post("/account/logout/")

    assert answer["Clear-Site-Data"] == '"cache"'
    assert answer.cookies["__Host-sessionid"].value == ""


def test_http_leads_to_https() -> None:
    answer = Client().get("/account/login/")

    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/account/login/")


@pytest.mark.parametrize("path", ["/api/v1/members", "/api/v1/openapi.json", "/api/auth/app/v1/auth/login"])
def test_programs_that_come_by_http_are_refused(tenant: Tenant, path: str) -> None:
    program = Client(headers=workspaces.key_headers(tenant))

    for answer in (program.get(path), program.post(path, {"password": PASSWORD}, "application/json")):
        assert (answer.status_code, answer.json()["code"]) == (403, "https_required")


def test_a_style_sheet_is_for_our_own_pages(client: Client) -> None:
    answer = client.get("/static/css/base.css", headers=HTTPS)
    answer.close()

    assert answer.status_code == 200
    assert_strict(answer, "a style sheet")
    assert answer["Strict-Transport-Security"].startswith(A_YEAR)


class TestWellKnown:
    def test_a_hole_is_reported_by_mail(self, settings: Any) -> None:
        settings.SECURITY_EMAIL = "security@acme.example"

        answer = Client(headers=HTTPS).get("/.well-known/security.txt")

        fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert fields["Contact"] == "mailto:security@acme.example"
        assert fields["Expires"].endswith("T00:00:00Z")
        assert fields["Canonical"] == f"{settings.BASE_URL}/.well-known/security.txt"

    def test_password_managers_find_the_page(self) -> None:
        answer = Client(headers=HTTPS).get("/.well-known/change-password")

        assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))


def directives(policy: str) -> dict[str, set[str]]:
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: set(values) for name, *values in parts}
