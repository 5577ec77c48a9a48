"""The database session always holds the present scope, whatever happened before on the connection."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection, transaction
from django.db.utils import InternalError, ProgrammingError

from apps.core import scope
from apps.core.db.backend.cursor import ScopeChanged
from apps.core.db.session import PrivilegedLogin, refuse_privileged_login
from apps.tenancy.models import Tenant
from tests import databases
from tests.bookshop.models import Shelf

InTenant = Callable[..., AbstractContextManager[scope.Scope]]


def session() -> dict[str, str]:
    """What PostgreSQL holds for this connection, asked through Django."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select current_user, current_setting('search_path'),"
            " current_setting('app.tenant_id', true), current_setting('app.user_id', true)"
        )
        role, path, tenant, user = cursor.fetchone()
    return {"role": role, "path": path, "tenant": tenant, "user": user}


@pytest.fixture
def two_tenants(tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant) -> tuple[Tenant, Tenant]:
    """Two workspaces, each with one shelf of its name."""
    for owner in (tenant, other_tenant):
        with as_tenant(owner), transaction.atomic():
            Shelf.objects.create(name=f"Seen by {owner.name}")
    return tenant, other_tenant


def names() -> list[str]:
    return list(Shelf.objects.values_list("name", flat=True))


class TestSending:
    def test_role_path_tenant_and_person_are_sent_together(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant) as now:
            assert session() == {
                "role": "tenon_app",
                "path": '"pool", public',
                "tenant": str(tenant.id),
                "user": str(now.user_id),
            }

    def test_outside_of_a_scope_there_is_no_tenant(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            session()
        assert session() == {"role": "tenon_app", "path": "public", "tenant": "", "user": ""}

    def test_one_statement_is_sent_and_only_when_the_scope_differs(
        self, tenant: Tenant, as_tenant: InTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        session()
        sent: list[str] = []
        execute = connection.connection.execute
        monkeypatch.setattr(
            connection.connection, "execute", lambda sql, *args: sent.append(sql) or execute(sql, *args)
        )
        with as_tenant(tenant):
            before = len(sent)
            names(), names(), names()
        assert len(sent) - before == 1

    def test_the_owners_role_gives_the_applications_login_nothing(self, tenant: Tenant) -> None:
        with transaction.atomic(), scope.as_role("owner"), connection.cursor() as cursor:
            with pytest.raises(ProgrammingError, match="permission denied"):
                cursor.execute("select * from tenancy_tenant")
            transaction.set_rollback(True)


class TestRollback:
    def test_after_an_exception_the_next_tenant_sees_its_own(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, second = two_tenants
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            as_tenant(first),
            connection.cursor() as cursor,
        ):
            cursor.execute("select 1/0")
        with as_tenant(second):
            assert names() == [f"Seen by {second.name}"]

    def test_a_savepoint_rolled_back_takes_its_scope_along(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, second = two_tenants
        with as_tenant(first), transaction.atomic():
            assert names() == [f"Seen by {first.name}"]
            with pytest.raises(RuntimeError), transaction.atomic(), as_tenant(second):
                assert names() == [f"Seen by {second.name}"]
                raise RuntimeError
            assert names() == [f"Seen by {first.name}"]

    @pytest.mark.django_db(transaction=True)
    def test_a_whole_transaction_rolled_back_leaves_no_tenant_behind(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, second = two_tenants
        with as_tenant(first):
            names()
        with pytest.raises(RuntimeError), transaction.atomic(), as_tenant(second):
            names()
            raise RuntimeError
        with as_tenant(second):
            assert names() == [f"Seen by {second.name}"]
        assert session()["tenant"] == ""


class TestCursors:
    def test_a_cursor_kept_across_a_switch_reads_the_present_tenant(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, second = two_tenants
        with connection.cursor() as cursor:
            for owner in (first, second, first):
                with as_tenant(owner):
                    cursor.execute("select name from pool.bookshop_shelf")
                    assert cursor.fetchall() == [(f"Seen by {owner.name}",)]
            cursor.execute("select name from pool.bookshop_shelf")
            assert cursor.fetchall() == []

    def test_a_server_side_cursor_is_not_read_in_another_scope(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, second = two_tenants
        with as_tenant(first), transaction.atomic():
            Shelf.objects.create(name="Also seen by the first")
            rows = Shelf.objects.order_by("id").values_list("name", flat=True).iterator(chunk_size=1)
            assert next(rows) == f"Seen by {first.name}"
            with as_tenant(second), pytest.raises(ScopeChanged):
                next(rows)

    @pytest.mark.parametrize("method", ["copy", "stream"])
    def test_ways_around_the_scope_are_closed(self, db: None, method: str) -> None:
        with connection.cursor() as cursor, pytest.raises(NotImplementedError):
            getattr(cursor, method)("select 1")


class TestStreaming:
    def test_a_bound_body_keeps_the_scope_it_was_made_in(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, second = two_tenants

        def body() -> Iterator[str]:
            yield from names()

        with as_tenant(first):
            bound = scope.bind(body())
        with as_tenant(second):
            assert list(bound) == [f"Seen by {first.name}"]
            assert scope.current().tenant_id == second.id

    async def _collect(self, bound: AsyncIterator[Any]) -> list[Any]:
        return [item async for item in bound]

    def test_an_asynchronous_body_too(self, tenant: Tenant, as_tenant: InTenant) -> None:
        async def body() -> AsyncIterator[Any]:
            yield scope.current().tenant_id

        with as_tenant(tenant):
            bound = scope.bind(body())
        assert asyncio.run(self._collect(bound)) == [tenant.id]  # type: ignore[arg-type]


class TestInterleaving:
    @pytest.mark.django_db(transaction=True)
    def test_coroutines_that_share_a_connection_each_see_their_own(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        async def visit(owner: Tenant) -> list[str]:
            with scope.use(tenant_id=owner.id, cell="pool"):
                seen = []
                for _round in range(5):
                    await asyncio.sleep(0)
                    seen += await sync_to_async(names)()
                return seen

        async def visit_all() -> list[list[str]]:
            return await asyncio.gather(*(visit(two_tenants[number % 2]) for number in range(20)))

        for number, seen in enumerate(asyncio.run(visit_all())):
            assert seen == [f"Seen by {two_tenants[number % 2].name}"] * 5


class TestTransactionPooling:
    """DB_POOLING=transaction: the next transaction on the connection may belong to anybody."""

    @pytest.fixture(autouse=True)
    def _pooling(self, settings: Any, transactional_db: None) -> Iterator[None]:
        settings.DB_POOLING = "transaction"
        connection.close()
        yield
        connection.close()

    def _raw_tenant(self) -> str:
        (tenant_id,) = connection.connection.execute(
            "select current_setting('app.tenant_id', true)"
        ).fetchone()
        return tenant_id or ""

    def test_an_autocommitted_query_is_scoped_and_leaves_nothing(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        for owner in two_tenants:
            with as_tenant(owner):
                assert names() == [f"Seen by {owner.name}"]
            assert self._raw_tenant() == ""

    def test_a_transaction_is_scoped_and_leaves_nothing(
        self, two_tenants: tuple[Tenant, Tenant], as_tenant: InTenant
    ) -> None:
        first, _second = two_tenants
        with as_tenant(first), transaction.atomic():
            Shelf.objects.create(name="Another")
            with transaction.atomic():
                assert len(names()) == 2
        assert self._raw_tenant() == ""


@pytest.mark.django_db(transaction=True)
class TestHealth:
    """A request begins by asking whether its session still lives. The scope is the question."""

    @pytest.fixture
    def checked(self) -> Iterator[None]:
        """Begin a request on the open session."""
        connection.ensure_connection()
        connection.health_check_enabled, connection.health_check_done = True, False
        yield
        connection.health_check_enabled = False

    @pytest.mark.usefixtures("checked")
    def test_the_scope_is_sent_once_and_nothing_else(self, monkeypatch: pytest.MonkeyPatch) -> None:
        sent: list[str] = []
        execute = connection.connection.execute
        monkeypatch.setattr(
            connection.connection, "execute", lambda sql, *args: sent.append(sql) or execute(sql, *args)
        )
        assert session()["role"] == "tenon_app"
        assert len(sent) == 1

    @pytest.mark.usefixtures("checked")
    def test_a_session_that_ended_is_replaced(self) -> None:
        with databases.administrator("postgres") as admin:
            admin.execute("select pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        assert session()["role"] == "tenon_app"

    def test_a_closed_connection_is_of_no_use(self) -> None:
        connection.close()
        assert not connection.is_usable()


class TestLogin:
    def test_a_superuser_is_refused(self, db: None) -> None:
        with databases.administrator("postgres") as admin, pytest.raises(PrivilegedLogin, match="superuser"):
            refuse_privileged_login(admin)

    def test_the_owner_is_refused(self, db: None) -> None:
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
            with pytest.raises(PrivilegedLogin, match="owns the tables"):
                refuse_privileged_login(owner)

    def test_a_login_exempt_from_row_security_is_refused(self, db: None) -> None:
        with databases.administrator("postgres") as admin, admin.transaction(force_rollback=True):
            admin.execute("create role exempt bypassrls")
            admin.execute("set session authorization exempt")
            with pytest.raises(PrivilegedLogin, match="bypasses row security"):
                refuse_privileged_login(admin)

    @pytest.mark.django_db(transaction=True)
    def test_connecting_with_such_a_login_fails(self, settings: Any) -> None:
        login = settings.DATABASE_OWNER
        connection.close()
        before = connection.settings_dict["USER"], connection.settings_dict["PASSWORD"]
        connection.settings_dict.update(USER=login["USER"], PASSWORD=login["PASSWORD"])
        try:
            with pytest.raises(PrivilegedLogin):
                connection.ensure_connection()
        finally:
            connection.close()
            connection.settings_dict.update(USER=before[0], PASSWORD=before[1])


def test_a_session_whose_transaction_is_aborted_is_not_usable(db: None) -> None:
    assert connection.is_usable()
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("select no_such_column")

    assert not connection.is_usable()


def connection_only_reads() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('transaction_read_only')")
        return bool(cursor.fetchone()[0] == "on")


@pytest.mark.django_db(transaction=True)
class TestReadOnly:
    """In a scope that only reads, PostgreSQL refuses to write, whatever the code tries."""

    def test_in_a_transaction(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), scope.use(read_only=True):
            with pytest.raises(InternalError, match="read-only transaction"), transaction.atomic():
                Shelf.objects.create(name="Alder")
            assert names() == []

    def test_without_one(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), scope.use(read_only=True), connection.cursor() as cursor:
            with pytest.raises(InternalError, match="read-only transaction"):
                cursor.execute("update tenancy_tenant set name = 'Alder'")

    def test_another_role_does_not_help(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), scope.use(read_only=True), scope.as_role("platform"), transaction.atomic():
            with pytest.raises(InternalError, match="read-only transaction"):
                Shelf.objects.create(name="Alder")

    def test_it_does_not_outlive_its_scope(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            with scope.use(read_only=True), transaction.atomic():
                names()
            with transaction.atomic():
                Shelf.objects.create(name="Alder")
            assert names() == ["Alder"]

    def test_each_transaction_is_told_anew(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            for _transaction in range(2):
                with transaction.atomic(), scope.use(read_only=True):
                    assert connection_only_reads()

    def test_it_is_not_turned_off_within_a_transaction(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), scope.use(read_only=True), transaction.atomic():
            names()
            with scope.use(read_only=False), pytest.raises(InternalError, match="read-only transaction"):
                Shelf.objects.create(name="Alder")
