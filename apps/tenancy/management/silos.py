"""Migrating many silos at once, in processes of their own.

Processes and not threads: most of the time goes into Django's bookkeeping, which Python does one thread at a time.
This file imports no model, for each process imports it before Django is set up.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from os import cpu_count

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

#: A process takes about as long to start as ten silos to migrate.
SILOS_PER_PROCESS = 10


def default_jobs() -> int:
    return min(cpu_count() or 1, 8)


def migrate_silos(names: list[str], *, jobs: int) -> Iterator[tuple[str, str]]:
    """Migrate each silo, whatever becomes of the others. Give its name as it ends, with what failed or nothing."""
    processes = min(jobs, -(-len(names) // SILOS_PER_PROCESS))
    if processes <= 1:
        yield from ((name, _migrate(name)) for name in names)
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(connection.settings_dict["NAME"],),
    ) as pool:
        running = {pool.submit(_migrate, name): name for name in names}
        for ended in as_completed(running):
            yield running[ended], ended.result()


def _begin(database: str) -> None:
    django.setup()
    connection.settings_dict["NAME"] = database


def _migrate(name: str) -> str:
    """Return what failed, in a line; an empty text if nothing did."""
    # Imported here: they need Django set up.
    from apps.tenancy import cells
    from apps.tenancy.management.owner import owner_session

    try:
        with owner_session(), cells.inside(name):
            # Not the whole command: content types and permissions are in the shared schema, and done.
            executor = MigrationExecutor(connection)
            executor.loader.check_consistent_history(connection)
            executor.migrate(executor.loader.graph.leaf_nodes())
    except Exception as error:  # one silo's trouble, told at the end, must not stop the others
        return " ".join(f"{type(error).__name__}: {error}".split())
    return ""
