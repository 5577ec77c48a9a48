"""The walls as PostgreSQL knows them, and that each breach of them is found."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from apps.core.db.isolation import Isolation
from apps.core.db.walls import isolation_of
from tests import databases
from tests.architecture.catalogue import OWN_ROWS, TENANTLESS, faults

BREACHES = {
    "a table without a tenant": "create table plan (id uuid primary key)",
    "a cell's table without a tenant": "create table pool.plan (id uuid primary key)",
    "row security switched off": "alter table pool.bookshop_book disable row level security",
    "row security not forced": "alter table pool.bookshop_book no force row level security",
    "a tenant that may be null": "alter table pool.bookshop_book alter column tenant_id drop not null",
    "a policy too many": "create policy extra on pool.bookshop_book to tenon_app using (true)",
    "a policy for everybody": "create policy extra on pool.bookshop_book using (true)",
    "a policy too few": "drop policy tenant on pool.bookshop_book",
    "a policy that says something else": "alter policy tenant on pool.bookshop_book using (tenant_id is not null)",
    "a key without the tenant": (
        "alter table pool.bookshop_book add foreign key (shelf_id) references pool.bookshop_shelf (id)"
    ),
    "a table without tenant that points into one": (
        "alter table tenancy_cell add owner_id uuid references tenancy_membership (id)"
    ),
    "an index without the tenant": "create index planted on pool.bookshop_book (title)",
    "a unique constraint without the tenant": "alter table pool.bookshop_book add unique (title)",
    "a view with its owner's rights": "create view everything as select * from pool.bookshop_book",
    "a materialized view": "create materialized view everything as select * from pool.bookshop_book",
    "a function with its owner's rights": (
        "create function planted() returns bigint language sql security definer"
        " as 'select count(*) from pool.bookshop_book'"
    ),
    "a resolver open to the public": "grant execute on function accounts_resolve_key(text) to public",
    "an eraser that the application may run": "grant execute on function audit_erase_tenant(uuid) to tenon_app",
    "a search open to the public": "grant execute on function pool.bookshop_book_search(text, integer) to public",
    "a search with the owner's rights": (
        "alter function pool.bookshop_book_search(text, integer) owner to tenon_owner"
    ),
    "a search in the wrong schema": (
        "create function bookshop_book_search(text, integer) returns setof uuid language sql security definer"
        " set search_path = '' as 'select id from pool.bookshop_book'"
    ),
    "a role exempt from row security": "alter role tenon_app bypassrls",
    "a login that inherits": "grant tenon_platform to tenon with inherit true",
    "an application that owns a table": "alter table pool.bookshop_book owner to tenon_app",
    "a list of schemas that the application may write": "grant update on tenancy_cell to tenon_app",
    "a reference without its key": (
        "alter table pool.bookshop_book drop constraint bookshop_book_shelf_same_tenant"
    ),
    "an audit log without its seal": "drop trigger append_only on audit_entry",
    "a login that may become the owner": "grant tenon_owner to tenon with inherit false, set true",
    "a table that may be truncated": "grant truncate on pool.bookshop_book to tenon_app",
    "a schema that is no cell": "create schema stray create table notes (tenant_id uuid not null)",
    "deliveries that the application may read": "grant select on events_delivery to tenon_app",
    "an audit log that can be changed": "grant update on audit_entry to tenon_app",
}


@pytest.fixture
def catalogue(db: None) -> Iterator[psycopg.Connection[Any]]:
    """The administrator's connection to this worker's database; what it changes is rolled back."""
    with (
        databases.administrator(connection.settings_dict["NAME"]) as admin,
        admin.transaction(force_rollback=True),
    ):
        yield admin


def test_the_walls_stand(catalogue: psycopg.Connection[Any]) -> None:
    assert faults(catalogue) == []


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_is_found(catalogue: psycopg.Connection[Any], breach: str) -> None:
    catalogue.execute(BREACHES[breach])  # type: ignore[call-overload]

    assert faults(catalogue) != []


def special_isolations() -> dict[str, str]:
    """Return the tables whose models declare another isolation than the plain one."""
    declared = {
        model._meta.db_table: isolation_of(model) for model in apps.get_models(include_auto_created=True)
    }
    return {name: kind.name for name, kind in declared.items() if kind not in (None, Isolation.TENANT)}


def test_models_declare_the_isolation_that_their_table_has(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = dict.fromkeys(OWN_ROWS, "OWN_ROWS") | dict.fromkeys(TENANTLESS, "TENANTLESS")
    assert special_isolations() == expected

    monkeypatch.setattr(apps.get_model("bookshop", "Book"), "isolation", Isolation.OWN_ROWS, raising=False)
    assert special_isolations() != expected


def test_with_no_scope_every_tenant_table_is_empty_to_the_application(tenant: Any, as_tenant: Any) -> None:
    """Asked in plain SQL, so that only the database answers; then as the tenant, so that there was something."""
    tables = [name for (name,) in _tenant_tables()]
    assert len(tables) >= 9

    counts = {name: _count(name) for name in tables}

    assert {name: count for name, count in counts.items() if count} == {}
    with as_tenant(tenant):
        assert _count("public.tenancy_membership") == 1
        assert _count("public.audit_entry") == 1


def _tenant_tables() -> list[tuple[str]]:
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        return admin.execute(
            "select format('%I.%I', table_schema, table_name) from information_schema.columns"
            " where column_name = 'tenant_id' and table_schema not in ('pg_catalog', 'information_schema')"
            " union select 'public.tenancy_tenant' order by 1"
        ).fetchall()


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("column", ["is_staff", "is_superuser"])
def test_the_application_makes_no_staff(member: Any, column: str) -> None:
    """Neither by mistake nor by a form that takes too much: the database refuses it."""
    person = member("owner")

    with pytest.raises(ProgrammingError, match="Only the platform makes staff"), transaction.atomic():
        type(person).objects.filter(id=person.id).update(**{column: True})
    with pytest.raises(ProgrammingError), transaction.atomic():
        type(person).objects.create_user("new@example.com", **{column: True})
