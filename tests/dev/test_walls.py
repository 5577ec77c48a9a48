"""The page where a person tries to break in: what each wall answers, and that nothing stays."""

import pytest
from django.test import Client

from apps.core import scope
from apps.dev.walls.attempts import STATEMENTS, all_attempts
from apps.dev.walls.trial import try_attempt, try_sql
from apps.tenancy.models import Tenant

ATTEMPTS = all_attempts()

pytestmark = pytest.mark.django_db

AS_IT_RUNS = "As the application runs"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_application_is_never_broken_into(name: str) -> None:
    answers = {str(answer.wall): answer for answer in try_attempt(ATTEMPTS[name])}

    assert answers[AS_IT_RUNS].held


@pytest.mark.parametrize(
    ("name", "wall"),
    [
        ("no_scope", "The scope wall"),
        ("base_manager", "The scope wall"),
        ("plant", "Row security"),
    ],
)
def test_the_wall_that_answers_is_named(name: str, wall: str) -> None:
    assert str(try_attempt(ATTEMPTS[name])[0].by) == wall


def test_without_the_walls_the_rows_would_come_through() -> None:
    answers = {str(answer.wall): answer.held for answer in try_attempt(ATTEMPTS["no_scope"])}

    assert answers == {
        AS_IT_RUNS: True,
        "The scope wall alone": True,
        "Row security alone": True,
        "Without row security": False,
    }


@pytest.mark.parametrize(
    ("name", "held"), [("read", True), ("change", True), ("grants", True), ("inject", False)]
)
def test_what_raw_sql_gets(name: str, held: bool) -> None:
    assert try_sql(STATEMENTS[name][1])[0].held is held


@pytest.mark.parametrize("statement", ["commit", "select 1; commit", "set role tenon_platform", "nonsense"])
def test_only_one_statement_on_rows_is_run(statement: str) -> None:
    assert str(try_sql(statement)[0].by) == "PostgreSQL"


def test_nothing_stays(client: Client) -> None:
    assert client.post("/dev/walls/", {"attempt": "plant"}).status_code == 200
    assert client.post("/dev/walls/", {"sql": "delete from tenancy_role"}).status_code == 200

    with scope.as_role("platform"):
        assert Tenant.objects.count() == 0


def test_the_page_shows_what_was_answered(client: Client) -> None:
    assert "Kept out" not in client.get("/dev/walls/").content.decode()

    page = client.post("/dev/walls/", {"attempt": "no_scope"}).content.decode()

    assert "Kept out" in page
    assert "Let through" in page
    assert client.post("/dev/walls/", {"attempt": "made up"}).status_code == 404
