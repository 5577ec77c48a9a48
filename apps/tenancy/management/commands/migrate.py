"""`manage.py migrate`: the shared schema, the pool, then the silos, as the database's owner."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.tenancy import cells
from apps.tenancy.cells import PUBLIC
from apps.tenancy.management.owner import owner_session


class Command(DjangoMigrate):
    help = "Bring every schema up to date: shared tables, the pool, then each silo."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--cell", help="Only this schema; `public` for the shared tables.")

    def handle(self, *args: Any, **options: Any) -> None:
        with owner_session():
            if options["cell"]:
                self._migrate_one(options["cell"], *args, **options)
            else:
                self._migrate_all(*args, **options)

    def _migrate_one(self, schema: str, *args: Any, **options: Any) -> None:
        if schema != PUBLIC and schema not in cells.schemas():
            raise CommandError(f"There is no cell “{schema}”. See `manage.py cell list`.")
        self._migrate(schema, schema, *args, **options)

    def _migrate_all(self, *args: Any, **options: Any) -> None:
        self._migrate(PUBLIC, PUBLIC, *args, **options)
        if not (options["plan"] or options["check_unapplied"]):
            cells.ensure_pool()
        names = cells.schemas()
        for position, name in enumerate(names, start=1):
            self._migrate(name, f"{position}/{len(names)} {name}", *args, **options)
        if options["verbosity"] >= 1:
            self.stdout.write(f"The shared tables and {len(names)} of {len(names)} cells are up to date.")

    def _migrate(self, schema: str, heading: str, *args: Any, **options: Any) -> None:
        with cells.inside(schema):
            if not self._has_work(options):
                # Still run: Django then completes content types and permissions.
                options["verbosity"] = 0
            if options["verbosity"] >= 1:
                self.stdout.write(self.style.MIGRATE_HEADING(heading))
            super().handle(*args, **options)

    def _has_work(self, options: dict[str, Any]) -> bool:
        """Tell whether there is something to say: a schema that is up to date is passed over in silence."""
        if options["app_label"] or options["plan"] or options["verbosity"] > 1:
            return True
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
