"""`manage.py migrate`: the shared schema and the pool once, then the silos side by side, as the database's owner."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.tenancy import cells
from apps.tenancy.cells import PUBLIC
from apps.tenancy.management.owner import owner_session
from apps.tenancy.management.silos import default_jobs, migrate_silos
from apps.tenancy.models import POOL

#: Options that mean something else than “bring everything up to date”.
PARTIAL = ("app_label", "plan", "check_unapplied", "fake", "fake_initial", "prune", "run_syncdb")


class Command(DjangoMigrate):
    help = "Bring every schema up to date: shared tables, the pool, then the silos, several at once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--cell", help="Only this schema; `public` for the shared tables.")
        parser.add_argument(
            "--jobs", type=int, default=default_jobs(), help="How many silos to migrate at once."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["cell"]:
            with owner_session():
                self._migrate_one(options["cell"], *args, **options)
        elif any(options[name] for name in PARTIAL):
            with owner_session():
                self._migrate_in_turn(*args, **options)
        else:
            self._bring_up_to_date(*args, **options)

    def _migrate_one(self, schema: str, *args: Any, **options: Any) -> None:
        if schema != PUBLIC and schema not in cells.schemas():
            raise CommandError(f"There is no cell “{schema}”. See `manage.py cell list`.")
        self._migrate(schema, schema, *args, **options)

    def _migrate_in_turn(self, *args: Any, **options: Any) -> None:
        self._migrate(PUBLIC, PUBLIC, *args, **options)
        names = cells.schemas()
        for position, name in enumerate(names, start=1):
            self._migrate(name, f"{position}/{len(names)} {name}", *args, **options)

    def _bring_up_to_date(self, *args: Any, **options: Any) -> None:
        with owner_session():
            self._migrate(PUBLIC, PUBLIC, *args, **options)
            cells.ensure_pool()
            self._migrate(POOL, POOL, *args, **options)
            total, lagging = len(cells.schemas()), cells.lagging_silos()
        failed = self._migrate_silos(lagging, jobs=options["jobs"], verbosity=options["verbosity"])
        if options["verbosity"] >= 1:
            self.stdout.write(f"The shared tables and {total - len(failed)} of {total} cells are up to date.")
        if failed:
            raise CommandError(
                f"Not migrated: {', '.join(failed)}. Mend what the lines above say, then run migrate again: "
                "it goes on with what is left."
            )

    def _migrate_silos(self, names: list[str], *, jobs: int, verbosity: int) -> list[str]:
        """Migrate silos, with a line for each. Return those that failed, by name."""
        failed = []
        for position, (name, fault) in enumerate(migrate_silos(names, jobs=jobs), start=1):
            if fault:
                failed.append(name)
                self.stderr.write(f"{position}/{len(names)} {name} failed. {fault}")
            elif verbosity >= 1:
                self.stdout.write(f"{position}/{len(names)} {name}")
        return sorted(failed)

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
