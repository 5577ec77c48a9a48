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
from tests.architecture.catalogue import faults
from tests.architecture.expected import OWN_LOG, OWN_ROWS, PERSONS, TENANTLESS

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
    "a resolver that runs something else": (
        "create or replace function accounts_resolve_key(text) returns table (tenant_id uuid, key_id uuid)"
        " language sql stable security definer set search_path = ''"
        " as 'select tenant_id, id from public.accounts_apikey'"
    ),
    "a resolver open to the public": "grant execute on function accounts_resolve_key(text) to public",
    "an eraser that the application may run": "grant execute on function audit_erase_tenant(jsonb) to tenon_app",
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


#: The sentences that each breach is told in, from their beginning; nothing else is found.
FOUND = {
    "a table without a tenant": ["plan has no tenant_id and is not on the list of such tables."],
    "a cell's table without a tenant": ["pool.plan is in a cell and has no tenant_id."],
    "row security switched off": ["pool.bookshop_book: row security is not enabled and forced."],
    "row security not forced": ["pool.bookshop_book: row security is not enabled and forced."],
    "a tenant that may be null": ["pool.bookshop_book: tenant_id may be null."],
    "a policy too many": [
        "pool.bookshop_book: policy extra is not expected: (True, '*', 'tenon_app', 'true', None)"
    ],
    "a policy for everybody": ["pool.bookshop_book: policy extra is not expected: (True, '*', 'true', None)"],
    "a policy too few": ["pool.bookshop_book: policy tenant is missing."],
    "a policy that says something else": [
        "pool.bookshop_book: policy tenant reads (True, '*', 'tenon_app', '(tenant_id IS NOT NULL)'"
    ],
    "a key without the tenant": [
        "pool.bookshop_book: key bookshop_book_shelf_id_fkey does not start with the tenant."
    ],
    "a table without tenant that points into one": [
        "tenancy_cell: key tenancy_cell_owner_id_fkey leads from a table without tenant into tenancy_membership."
    ],
    "an index without the tenant": [
        "pool.bookshop_book: index planted starts with title, not with tenant_id."
    ],
    "a unique constraint without the tenant": [
        "pool.bookshop_book: index bookshop_book_title_key starts with title, not with tenant_id."
    ],
    "a view with its owner's rights": ["everything is a view that reads with its owner's rights."],
    "a materialized view": ["everything is a view that reads with its owner's rights."],
    "a function with its owner's rights": ["planted() is SECURITY DEFINER and on no list of such functions."],
    "a resolver open to the public": ["accounts_resolve_key(text) must belong to tenon_resolver, pin its"],
    "a resolver that runs something else": [
        "accounts_resolve_key(text) runs 'select tenant_id, id from public.accounts_apikey', which is not in"
    ],
    "an eraser that the application may run": ["tenon_app may run audit_erase_tenant(jsonb)."],
    "a search open to the public": [
        "pool.bookshop_book_search(text,integer) must belong to tenon_search, pin"
    ],
    "a search with the owner's rights": [
        "pool.bookshop_book_search(text,integer) must belong to tenon_search, pin"
    ],
    "a search in the wrong schema": [
        "bookshop_book_search(text,integer) is SECURITY DEFINER and on no list of such functions."
    ],
    "a role exempt from row security": ["tenon_app steps around row security."],
    "a login that inherits": ["tenon inherits another role's rights."],
    "an application that owns a table": [
        "tenon_app owns tables.",
        "tenon_app may truncate bookshop_book, which row security does not stop.",
    ],
    "a list of schemas that the application may write": ["tenon_app may write public.tenancy_cell."],
    "a reference without its key": ["pool.bookshop_book: shelf_id has no key of tenant_id and shelf_id."],
    "an audit log without its seal": ["audit_entry is not sealed by its trigger."],
    "a login that may become the owner": ["tenon is a member of tenon_owner."],
    "a table that may be truncated": [
        "tenon_app may truncate bookshop_book, which row security does not stop."
    ],
    "a schema that is no cell": ["stray.notes is in a schema that is no cell."],
    "deliveries that the application may read": ["tenon_app has rights to events_delivery."],
    "an audit log that can be changed": ["tenon_app may change audit_entry."],
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

    found = faults(catalogue)
    assert len(found) == len(FOUND[breach])
    assert all(fault.startswith(told) for fault, told in zip(found, FOUND[breach], strict=True))


def special_isolations() -> dict[str, str]:
    """Return the tables whose models declare another isolation than the plain one."""
    declared = {
        model._meta.db_table: isolation_of(model) for model in apps.get_models(include_auto_created=True)
    }
    return {name: kind.name for name, kind in declared.items() if kind not in (None, Isolation.TENANT)}


def test_models_declare_the_isolation_that_their_table_has(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = dict.fromkeys(OWN_ROWS, "OWN_ROWS") | dict.fromkeys(TENANTLESS, "TENANTLESS")
    expected |= dict.fromkeys(PERSONS, "PERSON") | dict.fromkeys(OWN_LOG, "OWN_LOG")
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
