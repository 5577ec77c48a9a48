"""The API's description, and the page to explore it."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

METHODS = {"get", "post", "patch", "delete"}


@pytest.fixture
def schema(db: None) -> dict[str, Any]:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return answer.json()  # type: ignore[no-any-return]


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def test_it_is_valid_and_made_without_warnings(db: None, tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_it_is_openapi_3_1_and_open_to_all(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert all(path.startswith("/api/v1/") for path in schema["paths"])


def test_each_operation_is_described(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        assert operation["summary"], name
        assert operation["tags"], name
        assert operation["security"] == [{"apiKey": []}, {"token": []}, {"session": [], "workspace": []}], (
            name
        )
        assert {"400", "401", "403"} <= operation["responses"].keys(), name
        assert ("404" in operation["responses"]) == ("{id}" in name), name
        for status, answer in operation["responses"].items():
            expected = "application/problem+json" if status >= "400" else "application/json"
            assert status == "204" or list(answer["content"]) == [expected], (name, status)


def test_it_says_who_may_do_what_with_which_field(schema: dict[str, Any]) -> None:
    named = operations(schema)
    fields = schema["components"]["schemas"]["Member"]["properties"]

    assert "`members.read`" in named["get /api/v1/members"]["description"]
    assert "`members.manage`" in named["patch /api/v1/members/{id}"]["description"]
    assert "with scopes needs `jobs.read`" in named["get /api/v1/jobs"]["description"]
    assert "with scopes is refused" in named["post /api/v1/notifications/read-all"]["description"]
    assert {name for name, field in fields.items() if not field.get("readOnly")} == {"role", "is_suspended"}


def test_the_explorer_needs_no_workspace_and_no_inline_code(db: None) -> None:
    answer = Client().get("/api/docs/")

    assert answer.status_code == 200
    assert "style=" not in answer.content.decode()
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["a%0d%0aX:1", "%00", "2"])
def test_the_request_chooses_no_version(client: Client, version: str) -> None:
    response = client.get(f"/api/v1/openapi.json?version={version}")

    assert response.status_code == 200
    assert "X" not in response.headers
