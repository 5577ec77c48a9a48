"""`manage.py startmodule invoices --fields "title:text amount:money due:date?"`: a product module, wired in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.dev.generator.blueprint import render
from apps.dev.generator.fields import TYPES, parse_fields
from apps.dev.generator.names import check_free, check_icon, names_of
from apps.dev.generator.plan import Plan
from apps.dev.generator.wiring import wire


class Command(BaseCommand):
    help = "Write a module with pages, API, events, permissions and tests, and wire it in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="in the plural, such as invoices or support_tickets")
        parser.add_argument(
            "--fields",
            required=True,
            help=f"name:type, separated by spaces; with ? where it may be empty. Types: {', '.join(TYPES)}; "
            "choice(draft|sent) lists its values, and starts at the first",
        )
        parser.add_argument(
            "--singular", default="", help="what one row is called, if not by the name's singular"
        )
        parser.add_argument("--plural", default="", help="what several rows are called, if not by the name")
        parser.add_argument(
            "--icon", default="folder", help="in the navigation; any of https://lucide.dev/icons"
        )
        parser.add_argument("--dry-run", action="store_true", help="only show what would be written")

    def handle(self, *args: Any, **options: Any) -> None:
        names = names_of(options["name"], singular=options["singular"], plural=options["plural"])
        check_free(names)
        check_icon(options["icon"])
        plan = Plan(new=render(names, parse_fields(options["fields"], names), icon=options["icon"]))
        wire(plan, names)
        plan.tidy()
        self.stdout.write("\n".join(plan.describe()))
        if options["dry_run"]:
            self.stdout.write("\nNothing was written: this was a rehearsal.")
            return
        plan.carry_out()
        self.stdout.write(
            f"\n{names.module} is there. What comes next:\n\n"
            "  .venv/bin/python manage.py migrate           make its table\n"
            f"  .venv/bin/pytest tests/{names.module:<22} see its tests pass\n"
            "  make dev                                     and open it from the sidebar\n\n"
            f"Begin to read in apps/{names.module}/models.py and services.py."
        )
