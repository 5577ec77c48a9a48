"""Bad input is answered with a problem document that has a code, never with a defect."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.core import scope
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy

COMPETITORS = "/api/v1/competitors"
SIGNALS = "/api/v1/signals"
JSON = "application/json"


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["request_id"] == answer["X-Request-ID"]
    return problem


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/competitors"])
def test_an_unknown_address(api_client: Client, path: str) -> None:
    assert_problem(api_client.get(path), 404, "not_found")


def test_a_slash_at_the_end_leads_to_the_address_without(api_client: Client) -> None:
    answer = api_client.post(f"{COMPETITORS}/?x=1", {"name": "Acme"}, content_type=JSON)

    assert (answer.status_code, answer["Location"]) == (308, f"{COMPETITORS}?x=1")


@pytest.mark.parametrize("row_id", ["nonsense", "1", "0198c3e2-0000-7000-8000-000000000000", "%00"])
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_row_that_is_not_there(api_client: Client, method: str, row_id: str) -> None:
    answer = api_client.generic(method.upper(), f"{COMPETITORS}/{row_id}", "{}", content_type=JSON)
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("size", ["abc", "0", "-1", "201", "9" * 5000, "1e2", "²", ""])
def test_a_page_size_that_is_none(api_client: Client, size: str) -> None:
    problem = assert_problem(api_client.get(SIGNALS, {"page_size": size}), 400, "invalid")
    assert "page_size" in problem["errors"]


@pytest.mark.parametrize("cursor", ["x", "eyJ4Ijox", "é:\x00", "a:b:c"])
def test_a_cursor_that_is_none_of_ours(api_client: Client, cursor: str) -> None:
    problem = assert_problem(api_client.get(SIGNALS, {"cursor": cursor}), 400, "invalid")
    assert "cursor" in problem["errors"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kind", "gossip"),
        ("importance", "9"),
        ("competitor", "nonsense"),
        ("competitor", "0198c3e2-0000-7000-8000-000000000000"),
        ("seen_since", "yesterday"),
        ("seen_since", "99999-01-01"),
        ("sort", "colour"),
        ("search", "a\x00b"),
        ("search", "x" * 201),
    ],
)
def test_a_filter_that_makes_no_sense(api_client: Client, name: str, value: str) -> None:
    problem = assert_problem(api_client.get(SIGNALS, {name: value}), 400, "invalid")
    assert list(problem["errors"]) == [name]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_far_day_is_no_error(api_client: Client, day: str) -> None:
    assert api_client.get(SIGNALS, {"seen_since": day}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": ["Acme"]}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "Acme", "website": "javascript:alert(1)"}, "website"),
        ({"name": "Acme", "website": f"https://a.example/{'x' * 500}"}, "website"),
        ({"name": "Acme", "notes": "x" * 5001}, "notes"),
        ([], "non_field_errors"),
        ('"text"', "non_field_errors"),
    ],
)
def test_a_competitor_with_a_fault(api_client: Client, body: Any, field: str) -> None:
    answer = api_client.post(COMPETITORS, body, content_type=JSON)
    assert list(assert_problem(answer, 400, "invalid")["errors"]) == [field]
    assert api_client.get(COMPETITORS).json()["results"] == []


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"competitor": "nonsense"}, "competitor"),
        ({"competitor": "0198c3e2-0000-7000-8000-000000000000"}, "competitor"),
        ({"competitor": 10**40}, "competitor"),
        ({"title": "x" * 201}, "title"),
        ({"kind": "gossip"}, "kind"),
        ({"kind": {}}, "kind"),
        ({"importance": 4}, "importance"),
        ({"importance": 10**30}, "importance"),
        ({"importance": None}, "importance"),
        ({"seen_at": "soon"}, "seen_at"),
        ({"seen_at": "9999-12-31T23:59:59Z"}, "seen_at"),
        ({"seen_at": "0001-01-01T00:00:00+14:00"}, "seen_at"),
        ({"seen_at": 5}, "seen_at"),
    ],
)
def test_a_signal_with_a_fault(api_client: Client, tenant: Tenant, fault: dict[str, Any], field: str) -> None:
    with tenancy.scope_of(tenant):
        competitor = radar.competitor()
    body = {"competitor": str(competitor.id), "title": "A", "kind": "press"} | fault
    answer = api_client.post(SIGNALS, body, content_type=JSON)
    assert list(assert_problem(answer, 400, "invalid")["errors"]) == [field]


@pytest.mark.parametrize(
    "body", ["{", "", "\xff", "NaN", "[" * 100_000, '{"a":' * 100_000], ids=lambda body: body[:3]
)
def test_a_body_that_is_no_json(api_client: Client, body: str) -> None:
    answer = api_client.generic("POST", COMPETITORS, body.encode("latin-1"), content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["code"] in ("parse_error", "invalid")


def test_a_body_that_is_too_large(api_client: Client, settings: Any) -> None:
    body = {"name": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE}
    assert_problem(api_client.post(COMPETITORS, body, content_type=JSON), 413, "too_large")


def test_another_content_type(api_client: Client) -> None:
    answer = api_client.post(COMPETITORS, {"name": "Acme"})
    assert_problem(answer, 415, "unsupported_media_type")


def test_a_method_that_is_not_offered(api_client: Client) -> None:
    assert_problem(api_client.put(COMPETITORS, {}, content_type=JSON), 405, "method_not_allowed")


def test_an_answer_in_a_format_we_do_not_have(api_client: Client) -> None:
    assert_problem(api_client.get(COMPETITORS, headers={"accept": "text/csv"}), 406, "not_acceptable")


def test_nobody(db: None) -> None:
    answer = Client().get(COMPETITORS)
    assert_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["Bearer nonsense", "Basic eA==", "", "Bearer"])
def test_a_key_that_is_none(db: None, value: str) -> None:
    answer = Client().get(COMPETITORS, headers={"authorization": value})
    assert answer.status_code == 401
    assert answer.json()["code"] in ("key_refused", "not_authenticated")


class TestSession:
    @pytest.fixture
    def browser(self, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
        return signed_in(member("member"))

    def test_it_names_its_workspace(self, browser: Client, tenant: Tenant) -> None:
        assert_problem(browser.get(COMPETITORS), 400, "workspace_required")
        answer = browser.get(COMPETITORS, headers={settings.WORKSPACE_HEADER: tenant.slug})
        assert answer.status_code == 200

    @pytest.mark.parametrize("slug", ["nowhere", "../x", "é"])
    def test_a_workspace_of_others(self, browser: Client, other_tenant: Tenant, slug: str) -> None:
        for name in (slug, other_tenant.slug):
            answer = browser.get(COMPETITORS, headers={settings.WORKSPACE_HEADER: name})
            assert_problem(answer, 404, "workspace_not_found")

    def test_writing_needs_the_token(self, browser: Client, tenant: Tenant) -> None:
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = browser.cookies
        headers = {settings.WORKSPACE_HEADER: tenant.slug}
        answer = strict.post(COMPETITORS, {"name": "Acme"}, content_type=JSON, headers=headers)
        assert_problem(answer, 403, "permission_denied")

        strict.get("/api/docs/")
        headers["x-csrftoken"] = strict.cookies["csrftoken"].value
        answer = strict.post(COMPETITORS, {"name": "Acme"}, content_type=JSON, headers=headers)
        assert answer.status_code == 201


def test_a_viewer_reads_and_does_not_write(tenant: Tenant) -> None:
    viewer = tenancy.api_client(tenant, role="viewer")

    assert viewer.get(COMPETITORS).status_code == 200
    problem = assert_problem(
        viewer.post(COMPETITORS, {"name": "Acme"}, content_type=JSON), 403, "permission_denied"
    )
    assert problem["permission"] == "radar.write"


def test_the_scope_ends_with_the_request(api_client: Client) -> None:
    api_client.get(COMPETITORS)
    assert scope.current().tenant_id is None
