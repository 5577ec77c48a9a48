"""Whatever a program sends, the API answers as its description says: no 500, no surprise.

More of it: `API_EXAMPLES=100 .venv/bin/pytest tests/api/test_schemathesis.py`
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.core.http.wsgi import Application
from apps.core.ids import new_id
from apps.tenancy.models import Tenant
from tests.architecture.leaks import story
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD

EXAMPLES = int(os.environ.get("API_EXAMPLES", 2))  # of each operation, by each program
RULES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLES = ("viewer", "member", "admin")
OWN_NOTICES = "POST /api/v1/notifications/read-all"
PROGRAMS = [*(("key", role) for role in ROLES), *(("token", role) for role in (*ROLES, "owner"))]


@pytest.fixture
def tenant(db: None) -> Tenant:
    """A workspace with a row of every kind."""
    return story.tell("works", "0f1e2d").tenant


@contextmanager
def connection_kept() -> Iterator[None]:
    """Keep a request from closing the connection, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.mark.parametrize(("kind", "role"), PROGRAMS)
def test_every_answer_is_as_described(tenant: Tenant, kind: str, role: str) -> None:
    headers = (workspaces.key_headers if kind == "key" else token_headers)(tenant, role)
    owner = Client(headers=token_headers(tenant, "owner"))
    asked: dict[str, set[int]] = {}
    for result in description().get_all_operations():
        operation = result.ok()
        asked[operation.label] = ask(cases(operation, some_id(owner, operation.path)), headers)

    assert set(asked) == described(owner)
    done = {label for label, statuses in asked.items() if min(statuses) < 300}
    if role == "owner":
        assert len(done) > len(asked) * 3 / 4
        assert {label.partition(" ")[0] for label in done} == {"GET", "POST", "PATCH", "DELETE"}
    if role == "viewer":
        assert {label for label in done if not label.startswith("GET")} <= {OWN_NOTICES}


@cache
def description() -> Any:
    """Return the API's description as schemathesis reads it."""
    with connection_kept():
        return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", Application())


def described(client: Client) -> set[str]:
    """Return every operation of the API's description, such as `GET /api/v1/members`."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def ask(asked: st.SearchStrategy[Any], headers: dict[str, str]) -> set[int]:
    """Send requests, each of which is taken back, hold their answers to the rules, and return the statuses."""
    statuses = set()

    @given(case=asked)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize="API_EXAMPLES" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Any) -> None:
        before = transaction.savepoint()
        with connection_kept():
            answer = case.call_and_validate(headers=headers, checks=RULES)
        statuses.add(answer.status_code)
        transaction.savepoint_rollback(before)

    send()
    return statuses


def cases(operation: Any, row_id: str) -> st.SearchStrategy[Any]:
    """Return requests for an operation: what it describes and what it does not, about a row that is there or none."""
    found = {"path_parameters": {"id": row_id}} if "{id}" in operation.path else {}
    made = [operation.as_strategy(**found), operation.as_strategy()]
    if operation.body or operation.query:
        made.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE, **found))
    return st.one_of(made)


def some_id(owner: Client, path: str) -> str:
    """Return the id of a row that the operation's list shows to an owner."""
    answer = owner.get(path.partition("/{id}")[0])
    listed = answer.json() if answer.status_code == 200 else []
    rows = listed.get("results", []) if isinstance(listed, dict) else listed
    return str(rows[0]["id"] if rows else new_id())


def token_headers(tenant: Tenant, role: str) -> dict[str, str]:
    """Sign an app of somebody in a role in, and return the headers that present its token."""
    person = workspaces.member(tenant, role)
    sign_in = {"email": person.email, "password": PASSWORD}
    answer = Client().post("/api/auth/app/v1/auth/login", sign_in, content_type="application/json")
    return {"authorization": f"Bearer {answer.json()['meta']['access_token']}"}
