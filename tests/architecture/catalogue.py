"""Reads PostgreSQL's catalogue and says where it breaks the rules of tenancy (DESIGN, section 4)."""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.apps import apps

from apps.core.db.isolation import Isolation
from tests.architecture.expected import (
    ERASERS,
    MIGRATING,
    OTHER_INDEXES,
    OWN_LOG,
    OWN_ROWS,
    OWNERS_TABLES,
    PEOPLES,
    PERSONS,
    PLATFORMS_TABLES,
    READ_BY_RESOLVERS,
    RESOLVER_BODIES,
    RESOLVERS,
    SEALED,
    SEARCHED,
    SEARCHES,
    TENANT,
    TENANTLESS,
    TRIGGERED,
    USER,
    WITHOUT_TENANT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a schema that we own. `tenant_column` is empty where rows have no tenant."""

    schema: str
    name: str
    oid: int
    secured: bool
    forced: bool
    tenant_column: str
    tenant_is_required: bool

    @property
    def isolation(self) -> Isolation:
        if self.name in OWN_LOG:
            return Isolation.OWN_LOG
        if self.name in TENANTLESS:
            return Isolation.TENANTLESS
        if self.name in PERSONS:
            return Isolation.PERSON
        return Isolation.OWN_ROWS if self.name in OWN_ROWS else Isolation.TENANT


def faults(db: psycopg.Connection[Any]) -> list[str]:
    """Return every breach as a sentence; an empty list when the walls stand."""
    tables = _tables(db)
    found: list[str] = []
    for table in tables:
        if table.tenant_column:
            found += _row_security_faults(db, table) + _index_faults(db, table)
        elif table.schema != "public" and table.name != "django_migrations":
            found.append(f"{table.schema}.{table.name} is in a cell and has no tenant_id.")
        elif table.name in PEOPLES:
            found += _row_security_faults(db, table)
        elif table.name not in WITHOUT_TENANT:
            found.append(f"{table.name} has no tenant_id and is not on the list of such tables.")
    return (
        found
        + _missing_key_faults(db, tables)
        + _schema_faults(db)
        + _key_faults(db, tables)
        + _function_faults(db)
        + _view_faults(db)
        + _role_faults(db)
    )


def _tables(db: psycopg.Connection[Any]) -> list[Table]:
    rows = db.execute(
        """
        select n.nspname, c.relname, c.oid, c.relrowsecurity, c.relforcerowsecurity, a.attname, a.attnotnull
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and not a.attisdropped and a.attname =
            case when c.relname = 'tenancy_tenant' and n.nspname = 'public' then 'id' else 'tenant_id' end
        where c.relkind in ('r', 'p')
          and (n.nspname = 'public' or n.nspname in (select schema_name from public.tenancy_cell))
        order by 1, 2
        """
    ).fetchall()
    return [
        Table(
            schema=schema,
            name=name,
            oid=oid,
            secured=secured,
            forced=forced,
            tenant_column=column or "",
            tenant_is_required=bool(required),
        )
        for schema, name, oid, secured, forced, column, required in rows
    ]


def _row_security_faults(db: psycopg.Connection[Any], table: Table) -> list[str]:
    label, found = f"{table.schema}.{table.name}", []
    if not (table.secured and table.forced):
        found.append(f"{label}: row security is not enabled and forced.")
    if table.tenant_column and not table.tenant_is_required and table.name not in TENANTLESS:
        found.append(f"{label}: {table.tenant_column} may be null.")
    actual, expected = _policies(db, table), _expected_policies(table)
    found += [
        f"{label}: policy {name} is not expected: {actual[name]}" for name in actual.keys() - expected.keys()
    ]
    found += [f"{label}: policy {name} is missing." for name in expected.keys() - actual.keys()]
    found += [
        f"{label}: policy {name} reads {actual[name]}, not {expected[name]}."
        for name in actual.keys() & expected.keys()
        if actual[name] != expected[name]
    ]
    return found


def _policies(db: psycopg.Connection[Any], table: Table) -> dict[str, tuple[Any, ...]]:
    rows = db.execute(
        """
        select polname, polpermissive, polcmd::text,
               array(select rolname::text from pg_roles where oid = any(polroles) order by 1),
               pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
        from pg_policy where polrelid = %s
        """,
        [table.oid],
    ).fetchall()
    return {
        name: (permissive, command, *roles, _on_one_line(using), _on_one_line(check))
        for name, permissive, command, roles, using, check in rows
    }


def _on_one_line(expression: str | None) -> str | None:
    return " ".join(expression.split()) if expression else expression


def _expected_policies(table: Table) -> dict[str, tuple[Any, ...]]:
    mine = f"({table.tenant_column} = {TENANT})"
    mine_or_none = f"(NOT ({table.tenant_column} IS DISTINCT FROM {TENANT}))"
    expected: dict[str, tuple[Any, ...]] = {
        "platform": (True, "*", "tenon_platform", "true", "true"),
        "migrating": (True, "*", "tenon_owner", MIGRATING, MIGRATING),
    }
    if table.name in PEOPLES:
        own = f"({PEOPLES[table.name]} = {USER})"
        expected["own"] = (True, "*", "tenon_app", own, own)
    elif table.name in TENANTLESS:
        expected["tenant_reads"] = (True, "r", "tenon_app", mine, None)
        expected["tenant_adds"] = (True, "a", "tenon_app", None, mine_or_none)
    elif table.isolation is Isolation.PERSON:
        own = f"({mine} AND ({PERSONS[table.name]} = {USER}))"
        expected["tenant"] = (True, "*", "tenon_app", own, mine)
    else:
        expected["tenant"] = (True, "*", "tenon_app", mine, mine)
    if own_rows := (OWN_ROWS | OWN_LOG).get(table.name):
        expected["own_rows"] = (True, "r", "tenon_app", own_rows, None)
    if table.name in READ_BY_RESOLVERS:
        expected["resolver"] = (True, "r", "tenon_resolver", "true", None)
    if table.name in SEARCHED:
        expected["search"] = (True, "r", "tenon_search", "true", None)
    return expected


def _index_faults(db: psycopg.Connection[Any], table: Table) -> list[str]:
    rows = db.execute(
        """
        select c.relname, (select attname from pg_attribute where attrelid = i.indrelid and attnum = i.indkey[0])
        from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = %s and not i.indisprimary
        """,
        [table.oid],
    ).fetchall()
    return [
        f"{table.schema}.{table.name}: index {name} starts with {column}, not with {table.tenant_column}."
        for name, column in rows
        if column != table.tenant_column and not _is_listed(name)
    ]


def _is_listed(index: str) -> bool:
    # Django ends the names of the indexes it makes itself with a digest.
    shapes = (
        index,
        index.rsplit("_", 1)[0] + "_key",
        index.removesuffix("_like").rsplit("_", 1)[0] + "_like",
    )
    return any(shape in OTHER_INDEXES for shape in shapes)


def _key_faults(db: psycopg.Connection[Any], tables: list[Table]) -> list[str]:
    by_oid = {table.oid: table for table in tables}
    rows = db.execute(
        """
        select conname, conrelid, confrelid,
               array(select attname::text from unnest(conkey) with ordinality k(n, i)
                     join pg_attribute on attrelid = conrelid and attnum = n order by i),
               array(select attname::text from unnest(confkey) with ordinality k(n, i)
                     join pg_attribute on attrelid = confrelid and attnum = n order by i)
        from pg_constraint where contype = 'f'
        """
    ).fetchall()
    found = []
    for name, child_oid, parent_oid, columns, referenced in rows:
        child, parent = by_oid.get(child_oid), by_oid.get(parent_oid)
        if child is None or parent is None or not parent.tenant_column:
            continue
        if not child.tenant_column:
            if (child.name, parent.name) not in {("events_delivery", "events_outbox")}:
                found.append(
                    f"{child.name}: key {name} leads from a table without tenant into {parent.name}."
                )
        elif (columns[0], referenced[0]) != (child.tenant_column, parent.tenant_column):
            found.append(f"{child.schema}.{child.name}: key {name} does not start with the tenant.")
    return found


def _function_faults(db: psycopg.Connection[Any]) -> list[str]:
    rows = db.execute(
        """
        select p.oid::regprocedure::text, n.nspname, pg_get_userbyid(p.proowner), p.proconfig,
               has_function_privilege('public', p.oid, 'execute'), p.prosrc
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where p.prosecdef and n.nspname not in ('pg_catalog', 'information_schema')
        """
    ).fetchall()
    found = []
    for name, schema, owner, config, is_public, body in rows:
        expected_owner = _owner_of_function(name, schema)
        if not expected_owner:
            found.append(f"{name} is SECURITY DEFINER and on no list of such functions.")
        elif owner != expected_owner or is_public or 'search_path=""' not in (config or []):
            found.append(
                f"{name} must belong to {expected_owner}, pin its search path and be closed to the public."
            )
        if name in RESOLVERS and _on_one_line(body) != RESOLVER_BODIES.get(name):
            found.append(f"{name} runs {_on_one_line(body)!r}, which is not in RESOLVER_BODIES.")
    return found


def _owner_of_function(name: str, schema: str) -> str:
    if name in ERASERS or name in TRIGGERED:
        return "tenon_owner"
    if schema != "public" and name.removeprefix(f"{schema}.") in SEARCHES:
        return "tenon_search"
    return "tenon_resolver" if name in RESOLVERS else ""


def _view_faults(db: psycopg.Connection[Any]) -> list[str]:
    rows = db.execute(
        """
        select c.relname, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
          and not coalesce('security_invoker=true' = any(c.reloptions), false)
        """
    ).fetchall()
    return [f"{name} is a view that reads with its owner's rights." for name, _kind in rows]


def _role_faults(db: psycopg.Connection[Any]) -> list[str]:
    rows = db.execute(
        """
        select r.rolname, r.rolsuper or r.rolbypassrls,
               exists (select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p', 'v', 'm')),
               exists (select from pg_auth_members m where m.member = r.oid and m.inherit_option)
        from pg_roles r where r.rolname in
            ('tenon', 'tenon_app', 'tenon_platform', 'tenon_resolver', 'tenon_search', 'tenon_owner')
        """
    ).fetchall()
    found = [] if len(rows) == 6 else ["A database role is missing; see deploy/postgres/roles.sql."]
    for name, exempt, owns, inherits in rows:
        if exempt:
            found.append(f"{name} steps around row security.")
        if owns and name != "tenon_owner":
            found.append(f"{name} owns tables.")
        if inherits:
            found.append(f"{name} inherits another role's rights.")
    found += [f"{role} may write {table}." for role, table in _writable_tables(db)]
    found += _grant_faults(db)
    changeable = db.execute(
        """
        select r.rolname, t.name from (values ('tenon_app'), ('tenon_platform')) r(rolname),
               unnest(%s::text[]) t(name), (values ('update'), ('delete'), ('truncate')) p(kind)
        where has_table_privilege(r.rolname, 'public.' || t.name, p.kind)
        """,
        [sorted(SEALED)],
    ).fetchall()
    return found + [f"{role} may change {table}." for role, table in changeable]


def _writable_tables(db: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Return which role may write which of OWNERS_TABLES."""
    return db.execute(
        """
        select r.rolname, n.nspname || '.' || c.relname
        from pg_class c join pg_namespace n on n.oid = c.relnamespace,
             (values ('tenon_app'), ('tenon_platform')) r(rolname)
        where c.relname = any(%s) and c.relkind = 'r'
          and not (r.rolname = 'tenon_platform' and c.relname = any(%s))
          and (has_table_privilege(r.rolname, c.oid, 'insert') or has_table_privilege(r.rolname, c.oid, 'update')
               or has_table_privilege(r.rolname, c.oid, 'delete'))
        """,
        [sorted(OWNERS_TABLES), sorted(PLATFORMS_TABLES)],
    ).fetchall()


def _missing_key_faults(db: psycopg.Connection[Any], tables: list[Table]) -> list[str]:
    """Return the references between tenants' rows that have no `(tenant_id, column)` key behind them."""
    present = set(
        db.execute(
            """
            select conrelid, array(select attname::text from unnest(conkey) with ordinality k(n, i)
                                   join pg_attribute on attrelid = conrelid and attnum = n order by i)::text
            from pg_constraint where contype = 'f'
            """
        ).fetchall()
    )
    columns = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.remote_field and not field.db_constraint
    }
    return [
        f"{table.schema}.{table.name}: {column} has no key of tenant_id and {column}."
        for table in tables
        for name, column in columns
        if table.name == name and (table.oid, f"{{tenant_id,{column}}}") not in present
    ]


def _schema_faults(db: psycopg.Connection[Any]) -> list[str]:
    rows = db.execute(
        """
        select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname not in ('public', 'information_schema')
          and n.nspname not in (select schema_name from public.tenancy_cell)
        """
    ).fetchall()
    return [f"{schema}.{name} is in a schema that is no cell." for schema, name in rows]


def _grant_faults(db: psycopg.Connection[Any]) -> list[str]:
    """Return rights that go around row security, and seals that are missing."""
    truncatable = db.execute(
        """
        select r.rolname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace,
               (values ('tenon_app'), ('tenon_platform')) r(rolname)
        where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
          and has_table_privilege(r.rolname, c.oid, 'truncate')
        """
    ).fetchall()
    members = db.execute(
        """
        select m.member::regrole::text, m.roleid::regrole::text from pg_auth_members m
        where m.member::regrole::text in
            ('tenon', 'tenon_app', 'tenon_platform', 'tenon_resolver', 'tenon_search')
          and (m.member::regrole::text, m.roleid::regrole::text)
              not in (('tenon', 'tenon_app'), ('tenon', 'tenon_platform'))
        """
    ).fetchall()
    sealed = {
        name
        for (name,) in db.execute(
            "select tgrelid::regclass::text from pg_trigger where tgname = 'append_only' and tgenabled = 'O'"
        ).fetchall()
    }
    erasing = db.execute(
        "select p.oid::regprocedure::text from pg_proc p where p.oid::regprocedure::text = any(%s)"
        " and has_function_privilege('tenon_app', p.oid, 'execute')",
        [sorted(ERASERS)],
    ).fetchall()
    (reads_deliveries,) = db.execute(
        "select has_table_privilege('tenon_app', 'public.events_delivery', 'select, insert, update, delete')"
    ).fetchone() or (False,)
    return [
        *(f"{role} may truncate {table}, which row security does not stop." for role, table in truncatable),
        *(f"{member} is a member of {role}." for member, role in members),
        *(f"{table} is not sealed by its trigger." for table in SEALED - sealed),
        *(f"tenon_app may run {name}." for (name,) in erasing),
        *(["tenon_app has rights to events_delivery."] if reads_deliveries else []),
    ]
