"""`manage.py removemodule radar`: shows what would go; with --yes it goes."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser

from apps.dev.generator.removal import plan_removal


class Command(BaseCommand):
    help = (
        "Take a product module out of the project: its folders, tests, demo data and wiring. Its tables stay."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="such as radar")
        parser.add_argument("--yes", action="store_true", help="do it; without, it is only shown")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        plan = plan_removal(name)
        plan.tidy()
        tables = ", ".join(sorted(model._meta.db_table for model in apps.get_app_config(name).get_models()))
        self.stdout.write("\n".join(plan.describe()))
        self.stdout.write(f"\nThe tables stay, with what is in them: {tables}.")
        self.stdout.write(f"To drop them, run this first, in every place: manage.py migrate {name} zero\n")
        if not options["yes"]:
            self.stdout.write("Nothing was changed: this was a rehearsal. Add --yes to do it.")
            return
        plan.carry_out()
        self.stdout.write(f"{name} is gone. Run make check and make test; git restore brings it back.")
