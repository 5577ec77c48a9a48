"""Cells from opening to use: a customer in a silo, and the commands around it."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from psycopg import sql

from apps.core import placement, scope
from apps.core.db.prepared import Prepared
from apps.tenancy import cells
from apps.tenancy.management import silos
from apps.tenancy.management.owner import owner_session
from apps.tenancy.middleware import ScopeMiddleware
from apps.tenancy.models import Cell, Tenant
from tests import databases
from tests.bookshop.models import Shelf
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person

SILO = "silo_acme"
planned = Prepared(lambda name: Shelf.objects.exclude(name=name), str)


def run(*args: str, **options: Any) -> str:
    out = StringIO()
    call_command(*args, stdout=out, no_color=True, **options)
    return out.getvalue()


@pytest.fixture
def no_silos(transactional_db: None) -> Iterator[None]:
    """Leave no schema behind: the database is emptied after a test, and cells stay."""
    yield
    databases.empty(connection.settings_dict["NAME"])
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        opened = admin.execute(
            "delete from tenancy_cell where kind = 'silo' returning schema_name"
        ).fetchall()
        for name in {SILO, *(name for (name,) in opened)}:
            admin.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name)))


@pytest.mark.usefixtures("no_silos")
class TestSilo:
    def test_a_customers_rows_are_in_their_silo_and_nowhere_else(self, as_tenant: Any) -> None:
        pooled = workspaces.workspace()
        said = run("cell", "open", SILO)
        assert f"The silo “{SILO}” is open." in said
        assert "Applying bookshop.0001_initial" in said

        owner = person()
        said = run("workspace", "create", "--name", "Acme", "--owner", owner.email, "--cell", SILO)
        assert "/w/acme/" in said
        with workspaces.acting_as(owner):
            siloed = Tenant.objects.select_related("cell").get()
        assert placement.cell_of(siloed.id) == SILO

        with as_tenant(siloed), transaction.atomic():
            Shelf.objects.create(name="In the silo")
        with as_tenant(pooled), transaction.atomic():
            Shelf.objects.create(name="In the pool")

        with as_tenant(siloed):
            assert [found.name for found in Shelf.objects.all()] == ["In the silo"]
        with as_tenant(pooled):
            assert [found.name for found in Shelf.objects.all()] == ["In the pool"]
        for _again in range(8):  # PostgreSQL keeps a plan after the fifth
            for here, name in ((siloed, "In the silo"), (pooled, "In the pool")):
                with as_tenant(here):
                    assert [found.name for found in planned.rows("nothing")] == [name]
        with scope.use(role="platform", cell="pool"):
            assert [found.name for found in Shelf.objects.all()] == ["In the pool"]
        with scope.use(role="platform", cell=SILO):
            assert [found.name for found in Shelf.objects.all()] == ["In the silo"]

        # A guess from before a move costs a statement, and nothing else.
        placement.remember(siloed.id, "pool")
        request = RequestFactory().get("/api/v1/", headers=workspaces.key_headers(siloed))
        answer = ScopeMiddleware(lambda _request: HttpResponse(Shelf.objects.get().name))(request)
        assert answer.content == b"In the silo"

        listed = run("cell", "list")
        assert f"{SILO}  silo  1 workspace" in listed
        with pytest.raises(CommandError, match="already has its tenant"):
            run("workspace", "create", "--name", "Second", "--owner", owner.email, "--cell", SILO)

    def test_opening_and_migrating_again_change_nothing(self) -> None:
        run("cell", "open", SILO)

        assert "Applying" not in run("cell", "open", SILO)
        assert run("migrate") == "The shared tables and 2 of 2 cells are up to date.\n"

    def test_a_silo_that_lags_behind_is_brought_up_with_progress(self) -> None:
        run("cell", "open", SILO)
        run("migrate", "bookshop", "zero", cell=SILO)

        said = run("migrate")

        assert said.splitlines() == [
            f"1/1 {SILO}",
            "The shared tables and 2 of 2 cells are up to date.",
        ]

    def test_one_that_fails_is_named_and_the_others_are_done(
        self, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        monkeypatch.setattr(silos, "SILOS_PER_PROCESS", 2)
        names = [f"silo_{number}" for number in range(3)]
        with owner_session():
            for name in names:
                cells.ensure_cell(name, Cell.Kind.SILO)
        with databases.administrator(connection.settings_dict["NAME"]) as admin:
            admin.execute("set role tenon_owner")
            admin.execute("create table silo_2.bookshop_shelf ()")

        with pytest.raises(CommandError, match=r"Not migrated: silo_2\. Mend .* run migrate again") as raised:
            run("migrate", jobs=2)

        assert raised.value.returncode == 1
        assert (
            'silo_2 failed. ProgrammingError: relation "bookshop_shelf" already exists'
            in capsys.readouterr().err
        )
        with owner_session():
            assert cells.lagging_silos() == ["silo_2"]
        with databases.administrator(connection.settings_dict["NAME"]) as admin:
            admin.execute("drop table silo_2.bookshop_shelf")
        assert run("migrate", jobs=2).splitlines() == [
            "1/1 silo_2",
            "The shared tables and 4 of 4 cells are up to date.",
        ]

    def test_those_that_are_up_to_date_take_two_queries(self, django_assert_num_queries: Any) -> None:
        run("cell", "open", SILO)
        run("cell", "open", f"{SILO}_2")

        with owner_session(), django_assert_num_queries(3):  # the names of the cells, then two
            assert cells.lagging_silos() == []

    def test_a_schema_that_is_no_cell_is_left_alone(self) -> None:
        with databases.administrator(connection.settings_dict["NAME"]) as admin:
            admin.execute(sql.SQL("create schema {}").format(sql.Identifier(SILO)))

        with pytest.raises(CommandError, match="exists and is not a cell"):
            run("cell", "open", SILO)

        with scope.as_role("platform"):
            assert not Cell.objects.filter(schema_name=SILO).exists()

    @pytest.mark.parametrize("name", ["public", "pg_acme", "Acme", "1acme", 'a"; drop schema pool', ""])
    def test_other_names_are_refused(self, name: str) -> None:
        with pytest.raises(CommandError, match="Name a cell"):
            run("cell", "open", name)


class TestErrors:
    def test_unknown_cell(self, transactional_db: None) -> None:
        with pytest.raises(CommandError, match="There is no cell “nowhere”"):
            run("migrate", cell="nowhere")

    def test_unreachable_database(self, transactional_db: None, settings: Any) -> None:
        settings.DATABASE_OWNER = {**settings.DATABASE_OWNER, "PASSWORD": "secret", "PORT": "1"}
        with pytest.raises(CommandError, match="does not answer to its owner") as raised:
            run("migrate")
        assert "secret" not in str(raised.value)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            (["--name", "Acme", "--owner", "nobody@example.com"], "Nobody has an account"),
            (["--name", " ", "--owner", "ana@example.com"], "Give the workspace a name"),
            (["--name", "Acme", "--owner", "ana@example.com", "--slug", "A B"], "letters a to z"),
            (["--name", "Acme", "--owner", "ana@example.com", "--cell", "nowhere"], "no cell called"),
        ],
    )
    def test_workspace_create(self, db: None, given: list[str], says: str) -> None:
        person(email="ana@example.com")
        with pytest.raises(CommandError, match=says):
            run("workspace", "create", *given)
