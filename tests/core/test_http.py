"""The edge: request ids, scope, headers, and errors as pages or problem documents."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, transaction
from django.test import Client, RequestFactory

from apps.accounts.models import User
from apps.core import scope
from apps.core.http import wsgi
from apps.core.http.address import client_address
from apps.tenancy.models import Tenant
from tests.bookshop.models import Shelf
from tests.factories.accounts import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls")]

SignIn = Callable[[User], Client]
ANSWERS = {
    "invalid": 400,
    "bad": 400,
    "denied": 403,
    "missing": 404,
    "conflict": 409,
    "database": 503,
    "valkey": 503,
    "defect": 500,
}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


class TestErrors:
    @pytest.mark.parametrize(("name", "status"), ANSWERS.items())
    def test_a_person_gets_a_page_with_the_requests_id(self, client: Client, name: str, status: int) -> None:
        response = client.get(f"/fail/{name}/", headers={"X-Request-ID": "an-id-of-the-caller"})

        assert response.status_code == status
        assert response["Content-Type"].startswith("text/html")
        assert "an-id-of-the-caller" in response.content.decode()

    @pytest.mark.parametrize(("name", "status"), ANSWERS.items())
    def test_a_program_gets_a_problem_document(self, client: Client, name: str, status: int) -> None:
        response = client.get(f"/api/fail/{name}/")

        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert problem["status"] == status
        assert problem["request_id"] == response["X-Request-ID"]
        assert problem.keys() >= {"type", "title", "code"}

    def test_a_problem_names_the_fields(self, client: Client) -> None:
        assert client.get("/api/fail/invalid/").json()["errors"] == {"name": ["Give it a name."]}

    def test_a_refusal_names_what_is_missing(self, client: Client) -> None:
        assert client.get("/api/fail/denied/").json()["permission"] == "members.invite"

    def test_a_refused_page_names_who_can_grant_it(
        self, tenant: Tenant, member: Callable[..., User], signed_in: SignIn
    ) -> None:
        member("admin", name="Zoe Adler")
        member("member", name="Sam Okafor")

        page = signed_in(member("viewer")).get(f"/w/{tenant.slug}/members/invite/").content.decode()

        assert "Zoe Adler" in page
        assert "Sam Okafor" not in page

    def test_a_defect_says_nothing_about_itself(self, client: Client) -> None:
        for address in ("/fail/defect/", "/api/fail/defect/"):
            assert "a defect" not in client.get(address).content.decode()

    def test_an_unknown_address_is_answered_in_the_callers_form(self, client: Client) -> None:
        assert client.get("/nowhere/").status_code == 404
        assert client.get("/api/nowhere/").json()["code"] == "not_found"

    def test_a_form_without_its_token_is_refused(self) -> None:
        response = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@example.com"})

        assert response.status_code == 403
        assert response["Content-Type"].startswith("text/html")


class TestRequestId:
    def test_one_is_made(self, client: Client) -> None:
        first, second = (client.get("/who/") for _ in range(2))

        assert first.json()["request_id"] == first["X-Request-ID"] != second["X-Request-ID"]

    @pytest.mark.parametrize(
        "given", ["short", "x" * 65, "with space in it", "<script>alert(1)</script>", "a\tb-c-d-e"]
    )
    def test_one_that_is_not_plain_is_replaced(self, client: Client, given: str) -> None:
        assert client.get("/who/", headers={"X-Request-ID": given})["X-Request-ID"] != given


class TestTrace:
    GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    def test_the_callers_goes_on(self, client: Client) -> None:
        assert client.get("/who/", headers={"traceparent": self.GIVEN}).json()["trace"] == self.GIVEN

    @pytest.mark.parametrize(
        "given", ["", "00-0-0-01", GIVEN.upper(), GIVEN + "-x", GIVEN.replace("0af7", "<b>7")]
    )
    def test_one_is_made_otherwise(self, client: Client, given: str) -> None:
        made = client.get("/who/", headers={"traceparent": given}).json()["trace"]

        assert made != given
        assert len(made) == len(self.GIVEN)


class TestHeaders:
    def test_pages_are_strict_about_what_they_load(self, client: Client) -> None:
        response = client.get("/")

        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        assert "geolocation=()" in response["Permissions-Policy"]

    def test_what_a_person_sees_is_not_kept_by_caches(self, person: User, signed_in: SignIn) -> None:
        assert "no-store" in signed_in(person).get("/who/")["Cache-Control"]


class TestParameters:
    def test_the_address_fills_in_no_form(self, client: Client, person: User) -> None:
        client.post(f"/account/login/?login={person.email}&password={PASSWORD}")

        assert "_auth_user_id" not in client.session

    def test_of_a_name_given_twice_the_last_counts(self, client: Client, person: User) -> None:
        client.post("/account/login/", {"login": person.email, "password": [PASSWORD, "wrong"]})
        assert "_auth_user_id" not in client.session

        client.post("/account/login/", {"login": person.email, "password": ["wrong", PASSWORD]})
        assert client.session["_auth_user_id"] == str(person.id)


class TestScope:
    def test_nobody(self, client: Client) -> None:
        assert client.get("/who/").json() | {"request_id": "", "trace": ""} == {
            "tenant": "None",
            "actor": "anonymous",
            "role": "app",
            "request_id": "",
            "trace": "",
        }

    def test_a_member_in_the_workspace_of_the_address(
        self, tenant: Tenant, member: Callable[..., User], signed_in: SignIn
    ) -> None:
        seen = signed_in(member()).get(f"/w/{tenant.slug}/who/").json()

        assert (seen["tenant"], seen["actor"]) == (str(tenant.id), "person")

    def test_somebody_elses_workspace_does_not_exist(
        self, tenant: Tenant, person: User, signed_in: SignIn
    ) -> None:
        assert signed_in(person).get(f"/w/{tenant.slug}/who/").status_code == 404
        assert signed_in(person).get("/w/no-such-workspace/who/").status_code == 404

    def test_a_visitor_is_led_to_the_log_in_page_and_back(self, client: Client, tenant: Tenant) -> None:
        response = client.get(f"/w/{tenant.slug}/who/?a=1&b=2")

        assert response.status_code == 302
        assert response["Location"] == f"/account/login/?next=/w/{tenant.slug}/who/%3Fa%3D1%26b%3D2"

    def test_an_api_session_names_its_workspace(
        self, tenant: Tenant, member: Callable[..., User], signed_in: SignIn
    ) -> None:
        session = signed_in(member())

        assert session.get("/api/who/").json()["tenant"] == "None"
        assert session.get("/api/who/", headers={settings.WORKSPACE_HEADER: tenant.slug}).json()[
            "tenant"
        ] == str(tenant.id)
        assert session.get("/api/who/", headers={settings.WORKSPACE_HEADER: "another"}).status_code == 404

    def test_a_key_is_bound_to_its_workspace(
        self, tenant: Tenant, other_tenant: Tenant, api_client: Client
    ) -> None:
        seen = api_client.get("/api/who/").json()
        assert (seen["tenant"], seen["actor"]) == (str(tenant.id), "key")

        response = api_client.get("/api/who/", headers={settings.WORKSPACE_HEADER: other_tenant.slug})
        assert (response.status_code, response.json()["code"]) == (403, "key_of_another_workspace")

    @pytest.mark.parametrize(
        "given", ["", "Bearer", "Bearer nonsense", "Basic YTpi", f"Bearer tnk_{'0' * 12}_{'a' * 43}"]
    )
    def test_a_key_that_is_not_valid_is_refused(self, client: Client, given: str) -> None:
        response = client.get("/api/who/", headers={"Authorization": given})

        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Bearer"

    def test_a_key_opens_no_page(self, tenant: Tenant, api_client: Client) -> None:
        assert api_client.get(f"/w/{tenant.slug}/who/").status_code == 302

    def test_a_streamed_body_is_read_in_the_requests_scope(
        self,
        tenant: Tenant,
        member: Callable[..., User],
        signed_in: SignIn,
        as_tenant: Callable[..., AbstractContextManager[scope.Scope]],
    ) -> None:
        with as_tenant(tenant), transaction.atomic():
            Shelf.objects.create(name="Acme")

        response = signed_in(member()).get(f"/w/{tenant.slug}/stream/")

        assert b"".join(response.streaming_content) == b"Acme"

    def test_nothing_stays_in_scope_after_a_request(self, tenant: Tenant, api_client: Client) -> None:
        api_client.get("/api/who/")

        assert scope.current() == scope.Scope()


class TestAddress:
    @pytest.mark.parametrize(
        ("proxies", "forwarded", "expected"),
        [
            (0, "198.51.100.7", "127.0.0.1"),
            (1, "198.51.100.7", "198.51.100.7"),
            (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
            (2, "203.0.113.9, 198.51.100.7, 192.0.2.1", "198.51.100.7"),
            (2, "198.51.100.7", "127.0.0.1"),
            (1, "not an address", "127.0.0.1"),
            (1, "", "127.0.0.1"),
            (1, "fe80::1%eth0", "fe80::1"),  # by which card it came is no part of it
        ],
    )
    def test_only_our_own_proxies_are_believed(
        self, settings: Any, proxies: int, forwarded: str, expected: str
    ) -> None:
        settings.TRUSTED_PROXY_COUNT = proxies
        request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})

        assert client_address(request) == expected


class TestCharset:
    """Whatever charset a request names, it is read as UTF-8: even before the first middleware."""

    @pytest.mark.parametrize("charset", ["base64", "rot13", "idna", "unicode_escape", "undefined", "utf-16"])
    @pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/json"])
    def test_it_is_answered(self, charset: str, kind: str) -> None:
        statuses: list[str] = []
        environ = RequestFactory(
            PATH_INFO="/who/", QUERY_STRING="a=%5Cud800&b=%C3%BC", CONTENT_TYPE=f"{kind}; charset={charset}"
        )._base_environ()

        wsgi.Application()(environ, lambda status, headers: statuses.append(status))

        assert statuses == ["200 OK"]


class TestUnavailable:
    """What fails before any view is answered like what fails inside one."""

    @pytest.mark.parametrize("address", ["/who/", "/account/", "/api/who/", "/admin/"])
    def test_the_database_goes_away(
        self, person: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, address: str
    ) -> None:
        session = signed_in(person)
        session.raise_request_exception = False

        def refuse(*_: object) -> None:
            raise OperationalError("connection refused")

        monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore._get_session_from_db", refuse)

        response = session.get(address)

        assert response.status_code == 503
        assert response["Retry-After"] == "30"

    def test_a_form_that_is_too_large_says_so(self, client: Client) -> None:
        response = client.post("/account/login/", {"login": "a" * 3_000_000})

        assert response.status_code == 413

    @pytest.mark.parametrize("address", ["/account/login/", "/w/acme/settings/logo/", "/api/v1/members"])
    def test_a_body_that_is_too_large_is_not_even_read(
        self, client: Client, settings: Any, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("django.http.request.HttpRequest.read", None)
        settings.LARGEST_BODY = 1000

        response = client.post(address, {"file": BytesIO(b"a" * 2000)})

        assert response.status_code == 413

    @pytest.mark.parametrize("address", ["/account/login/", "/stripe/webhook/", "/api/v1/members"])
    @pytest.mark.parametrize("length", ["many", "1.5", "9" * 5000])
    def test_a_length_that_is_no_number_is_refused(self, client: Client, address: str, length: str) -> None:
        response = client.generic("POST", address, b"{}", "application/json", CONTENT_LENGTH=length)

        assert response.status_code == 400
