"""`manage.py tasks`: show background work, and decide about what failed."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from apps.core import scope
from apps.jobs.models import Task
from apps.jobs.upkeep import discard, replay

SHOWN = 50


class Command(BaseCommand):
    help = "List tasks, newest first; replay failed ones, or discard them. Discarding needs --yes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", nargs="?", choices=["replay", "discard"])
        parser.add_argument("ids", nargs="*", type=UUID, metavar="ID", help="Failed tasks. All, if left out.")
        parser.add_argument("--state", choices=Task.State.values, help="List only tasks in this state.")
        parser.add_argument("--yes", action="store_true", help="Really discard them.")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.activate(scope.Scope(role="platform")):
            if not options["act"]:
                self._list(options["state"])
                return
            dead = Task.objects.filter(state=Task.State.DEAD).order_by("-id")
            chosen = dead.filter(id__in=options["ids"]) if options["ids"] else dead
            ids = list(chosen.values_list("id", flat=True))
            if options["act"] == "replay":
                self.stdout.write(f"{replay(ids)} tasks run again.")
            elif options["yes"]:
                self.stdout.write(f"{discard(ids)} tasks discarded.")
            else:
                self._show(chosen)
                self.stdout.write(f"{len(ids)} tasks would be discarded. Add --yes to do it.")

    def _list(self, state: str | None) -> None:
        found = Task.objects.order_by("-id")
        self._show(found.filter(state=state) if state else found)

    def _show(self, found: Any) -> None:
        for task in found[:SHOWN]:
            why = task.error.strip().splitlines()[-1] if task.error.strip() else ""
            self.stdout.write(
                f"{task.id}  {task.state:9}  {task.name}  tries: {task.attempts}  {why}".rstrip()
            )
