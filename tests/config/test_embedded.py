"""The embedded servers: shared, taken over after a crash, and never blocked by what an earlier start left."""

import json
import os
import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.config.conftest import Checkout

START = """
import json, os, signal, sys
from config import embedded
services = embedded.start("probe", durable=False)
urls = [services.database_url, services.owner_url, services.admin_url, services.valkey_url]
print(json.dumps(urls), flush=True)
"""
START_AND_STOP = START + "services.stop()"
START_AND_LEAVE = START + "os._exit(1)"
FIND_DATA = "from config.embedded.place import Place; print(Place('probe').home / 'postgres')"


def test_servers_that_a_crash_left_running_are_taken_over(checkout: Checkout) -> None:
    database, owner, admin, _ = _leave_running(checkout)
    with psycopg.connect(owner) as connection:
        connection.execute("create table kept (id int)")
    postmaster = _postmaster(checkout)

    assert _leave_running(checkout)[0] == database
    assert _postmaster(checkout) == postmaster

    os.kill(postmaster, signal.SIGKILL)
    assert _leave_running(checkout)[0] == database
    with psycopg.connect(admin) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_leftovers_do_not_block_a_start(checkout: Checkout) -> None:
    data = Path(checkout.python(FIND_DATA))
    data.with_name("postgres.new").mkdir(parents=True)
    data.with_name("postgres.new").joinpath("PG_VERSION").write_text("18")
    checkout.python(START_AND_STOP)
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")  # a number that is used again by now

    assert json.loads(checkout.python(START_AND_STOP))


def test_deleting_var_starts_over(checkout: Checkout) -> None:
    first = json.loads(checkout.python(START_AND_STOP))
    shutil.rmtree(checkout.root / "var")

    second = json.loads(checkout.python(START_AND_STOP))

    assert urlsplit(first[0]).password != urlsplit(second[0]).password


def test_servers_of_yours_are_used_and_nothing_is_started(checkout: Checkout) -> None:
    variables = {
        "DATABASE_URL": "postgresql://tenon@db.example/tenon",
        "DATABASE_OWNER_URL": "postgresql://tenon_owner@db.example/tenon",
        "VALKEY_URL": "redis://cache.example/0",
    }

    given = json.loads(checkout.python(START_AND_STOP.replace("probe", "yours"), **variables))

    assert given == [*list(variables.values())[:2], variables["DATABASE_OWNER_URL"], variables["VALKEY_URL"]]
    assert not (checkout.root / "var" / "embedded" / "yours.json").exists()


def test_the_roles_can_be_made_by_an_administrator_who_is_no_superuser(checkout: Checkout) -> None:
    database, _, admin, _ = _leave_running(checkout)
    with psycopg.connect(admin.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
        connection.execute("drop database tenon")
        for role in ("tenon", "tenon_owner", "tenon_app", "tenon_platform", "tenon_resolver", "tenon_search"):
            connection.execute(f"drop role {role}")
        connection.execute("create role host_admin login createrole createdb password 'x'")
        connection.execute("create database tenon owner host_admin")
    address = urlsplit(admin)
    host_admin = f"postgresql://host_admin:x@127.0.0.1:{address.port}/tenon"
    twice = f"from config import embedded\nfor _ in range(2): embedded.install_roles({host_admin!r})"

    checkout.python(twice)

    checkout.python(START)  # gives the logins their passwords again
    with psycopg.connect(database) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table mine (id int)")
        connection.rollback()
        connection.execute("set role tenon_app")
        assert connection.execute("select current_user").fetchone() == ("tenon_app",)


def test_dev_refuses_a_database_of_yours_that_would_not_keep_tenants_apart(checkout: Checkout) -> None:
    database, owner, admin, _ = _leave_running(checkout)

    superuser = checkout.run("-m", "config.dev", DATABASE_URL=admin, DATABASE_OWNER_URL=owner)
    ownerless = checkout.run("-m", "config.dev", DATABASE_URL=database)

    assert superuser.stderr.startswith("The login of DATABASE_URL bypasses row security")
    assert ownerless.stderr.startswith("DATABASE_URL is set and DATABASE_OWNER_URL is not.")
    assert superuser.returncode == ownerless.returncode == 1


def test_the_application_may_use_what_the_owner_makes_in_any_schema_but_not_change_it(
    checkout: Checkout,
) -> None:
    database, owner, _, _ = _leave_running(checkout)
    with psycopg.connect(owner) as connection:
        connection.execute(
            "create schema cell; create table cell.thing (id int generated always as identity)"
        )

    with psycopg.connect(database, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select from cell.thing")
        for role in ("tenon_app", "tenon_platform"):
            connection.execute(f"set role {role}")
            connection.execute("insert into cell.thing default values")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("truncate cell.thing")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("set role tenon_owner")


def _leave_running(checkout: Checkout) -> list[str]:
    """Start the servers from a process that dies without stopping them."""
    done = checkout.run("-c", START_AND_LEAVE)
    assert done.stdout, done.stderr
    return list(json.loads(done.stdout))


def _postmaster(checkout: Checkout) -> int:
    return int((Path(checkout.python(FIND_DATA)) / "postmaster.pid").read_text().split()[0])
