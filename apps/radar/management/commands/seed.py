"""`manage.py seed`: fills a database with made-up workspaces and signals, for benchmarks."""

from argparse import ArgumentParser
from time import perf_counter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError
from django.db import connection

from apps.core import placement, scope
from apps.core.db.owner import as_owner
from apps.radar.seeding import fill
from apps.tenancy.interface import tenancy

OWNER = "seed@example.com"


class Command(BaseCommand):
    help = "Add made-up workspaces, each with made-up signals. For benchmarks: nobody can log in to them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenants", type=int, default=1, help="How many workspaces to add.")
        parser.add_argument("--rows", type=int, default=0, help="How many signals each of them gets.")
        parser.add_argument("--yes", action="store_true", help="Do it outside of development too.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tenants"] < 1 or options["rows"] < 0:
            raise CommandError("Give at least one tenant, and no negative number of rows.")
        if not (settings.TENANT_WRITES_NEED_TRANSACTION or options["yes"]):
            raise CommandError(
                "This is not a development database. Its made-up rows could only be removed one workspace at a time. "
                "Add --yes if you mean it."
            )
        owner_id = _owner()
        for number in range(1, options["tenants"] + 1):
            self._add(owner_id, number, options)
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("vacuum (analyze)")

    def _add(self, owner_id: UUID, number: int, options: dict[str, Any]) -> None:
        began = perf_counter()
        made = tenancy().create_workspace(name=f"Seeded {number}", owner_id=owner_id)
        with scope.use(tenant_id=made.id, cell=placement.cell_of(made.id)):
            for done in fill(options["rows"]):
                if options["verbosity"] > 1:
                    self.stdout.write(f"  {done:,} rows after {perf_counter() - began:.0f} s")
        if options["verbosity"] > 0:
            self.stdout.write(
                f"{number:,} of {options['tenants']:,}: {made.slug}, {options['rows']:,} signals, "
                f"{perf_counter() - began:.1f} s"
            )


def _owner() -> UUID:
    people = get_user_model().objects
    found = people.filter(email=OWNER).first() or people.create_user(OWNER, name="Seed")
    return found.pk
