"""The test databases: one template per state of the migrations, cloned for each worker.

Migrating takes seconds, cloning takes milliseconds. Tests then log in as the application does.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from fasteners import InterProcessLock
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.embedded import install_roles
from config.embedded.place import VAR

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    "apps/*/migrations/*.py",
    "tests/bookshop/migrations/*.py",
    "apps/core/db/*.py",
    "deploy/postgres/roles.sql",
    "requirements/development.txt",
]
KEPT = {"django_migrations", "django_content_type", "auth_permission", "tenancy_cell"}


def clone(worker: str) -> str:
    """Make this worker's database from the template, and return its name."""
    VAR.mkdir(parents=True, exist_ok=True)
    with InterProcessLock(VAR / "template.lock"):
        template = _template()
        name = f"tenon_test_{worker}_{os.getpid()}"
        with administrator("postgres") as admin:
            admin.execute(
                sql.SQL("create database {} owner tenon_owner template {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
    return name


def drop(name: str) -> None:
    """Remove a worker's database."""
    with administrator("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def empty(name: str) -> None:
    """Remove all rows but those that migrations made, from every schema. Triggers don't run."""
    with administrator(name) as admin:
        tables = admin.execute(
            "select format('%%I.%%I', schemaname, tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema') and tablename <> all(%s)",
            [list(KEPT)],
        ).fetchall()
        admin.execute("set session_replication_role = replica")
        admin.execute("truncate " + ", ".join(table for (table,) in tables))  # type: ignore[arg-type]


@contextmanager
def administrator(database: str) -> Iterator[psycopg.Connection]:
    """Connect as the cluster's administrator, in autocommit."""
    address = make_conninfo(os.environ["DATABASE_ADMIN_URL"], dbname=database)
    with psycopg.connect(address, autocommit=True) as admin:
        yield admin


def _template() -> str:
    name = f"tenon_template_{_fingerprint()}"
    with administrator("postgres") as admin:
        exists = admin.execute("select from pg_database where datname = %s", [name]).fetchone()
        if exists is not None:
            return name
        building = f"{name}_building"
        admin.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(building)))
        admin.execute(sql.SQL("create database {} owner tenon_owner").format(sql.Identifier(building)))
        install_roles(make_conninfo(os.environ["DATABASE_ADMIN_URL"], dbname=building))
        _migrate(building)
        admin.execute(
            sql.SQL("alter database {} rename to {}").format(sql.Identifier(building), sql.Identifier(name))
        )
    return name


def _migrate(name: str) -> None:
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _fingerprint() -> str:
    digest = hashlib.sha256(" ".join(settings.INSTALLED_APPS).encode())
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def rows_of(db: psycopg.Connection[Any], tenant_id: UUID) -> dict[str, int]:
    """Return how many rows each table of each schema has of a tenant, where there are any."""
    tables = db.execute(
        """
        select format('%I.%I', n.nspname, c.relname), format('%I', a.attname)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.atttypid = 'uuid'::regtype and not a.attisdropped
        where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
        """
    ).fetchall()
    found = {}
    for table, column in tables:
        query = f"select count(*) from {table} where {column} = %s"
        (count,) = db.execute(query, [tenant_id]).fetchone() or (0,)  # type: ignore[arg-type]
        if count:
            found[f"{table}.{column}"] = count
    return found
