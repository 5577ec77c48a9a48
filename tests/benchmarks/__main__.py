"""Runs the benchmarks against embedded servers of their own, or those that DATABASE_URL and VALKEY_URL name."""

import importlib
import os
import sys
from pathlib import Path

from config import embedded
from tests.benchmarks import Report


def main(names: list[str]) -> int:
    """Run the benchmarks with these names, or all; return 1 if something does not hold that must."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    if unknown := set(names) - set(known):
        print(f"There is no benchmark {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")  # noqa: T201
        return 2
    services = embedded.start("bench", durable=True)
    try:
        _set_up(services)
        report = Report()
        for name in names or known:
            print(f"\n{name}")  # noqa: T201
            _run(name, report)
    finally:
        services.stop()
    return 1 if report.failed else 0


def _set_up(services: embedded.Services) -> None:
    os.environ["DATABASE_URL"] = services.database_url
    os.environ["DATABASE_OWNER_URL"] = services.owner_url
    os.environ["DATABASE_ADMIN_URL"] = services.admin_url
    os.environ["VALKEY_URL"] = services.valkey_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import django

    django.setup()

    from tests import databases

    with databases.administrator("postgres") as admin:  # as on a server that takes in so much
        admin.execute("alter system set max_wal_size = '8GB'")
        admin.execute("select pg_reload_conf()")


def _run(name: str, report: Report) -> None:
    """Run one benchmark in a fresh database."""
    from django.db import connection

    from tests import databases

    database = databases.clone(f"bench_{name}")
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        importlib.import_module(f"tests.benchmarks.{name}").run(report)
    finally:
        connection.close()
        databases.drop(database)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
