"""`manage.py cell`: the schemas that hold product tables."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db.models import Count

from apps.core import scope
from apps.core.errors import Invalid
from apps.tenancy import cells
from apps.tenancy.management.owner import owner_session
from apps.tenancy.models import Cell


class Command(BaseCommand):
    help = "Open and list cells: the schemas that hold product tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="open|list")
        opening = actions.add_parser("open", help="Open a silo, a cell for one customer. May be repeated.")
        opening.add_argument("name", help="The schema's name: letters a to z, digits and underscores.")
        actions.add_parser("list", help="List the cells, with how many workspaces live in each.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["action"] == "open":
            self._open(options["name"], options["verbosity"])
        else:
            self._list()

    def _open(self, name: str, verbosity: int) -> None:
        try:
            with owner_session():
                cell = cells.ensure_cell(name, Cell.Kind.SILO)
        except Invalid as error:
            raise CommandError(str(error.message)) from error
        call_command("migrate", cell=cell.schema_name, verbosity=verbosity, stdout=self.stdout)
        self.stdout.write(self.style.SUCCESS(f"The {cell.kind} “{name}” is open."))
        if cell.kind == Cell.Kind.SILO:
            self.stdout.write(
                f"Place a customer there: manage.py workspace create --cell {name} --name … --owner …"
            )

    def _list(self) -> None:
        with scope.as_role("platform"):
            found = list(Cell.objects.annotate(count=Count("tenants")).order_by("kind", "schema_name"))
        width = max((len(cell.schema_name) for cell in found), default=0)
        for cell in found:
            workspaces = "1 workspace" if cell.count == 1 else f"{cell.count} workspaces"
            self.stdout.write(f"{cell.schema_name:<{width}}  {cell.kind}  {workspaces}")
        if not found:
            self.stdout.write("There are no cells yet. Run manage.py migrate.")
