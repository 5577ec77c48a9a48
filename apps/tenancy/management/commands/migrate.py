"""`manage.py migrate`: the shared schema, the pool, then the silos, as the database's owner."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate

from apps.core.db.owner import as_owner
from apps.tenancy import cells

PUBLIC = "public"


class Command(DjangoMigrate):
    help = "Bring every schema up to date: shared tables, the pool, then each silo."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--cell", help="Only this schema; `public` for the shared tables.")

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            if options["cell"]:
                self._migrate(options["cell"], "", *args, **options)
                return
            self._migrate(PUBLIC, "", *args, **options)
            if not (options["plan"] or options["check_unapplied"]):
                cells.ensure_pool()
            names = cells.schemas()
            for position, name in enumerate(names, start=1):
                self._migrate(name, f"{position}/{len(names)} ", *args, **options)

    def _migrate(self, schema: str, progress: str, *args: Any, **options: Any) -> None:
        if options["verbosity"] >= 1:
            self.stdout.write(self.style.MIGRATE_HEADING(f"{progress}{schema}"))
        if schema == PUBLIC:
            super().handle(*args, **options)
            return
        with cells.inside(schema):
            super().handle(*args, **options)
