"""The command by which staff look at work that is tried several times, and decide about what was given up."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db.models import Q, QuerySet

from apps.core import scope

SHOWN = 50


class RepeatableCommand(BaseCommand):
    """Lists rows, newest first; replays those that were given up, or discards them."""

    #: What the rows are called, many of them.
    noun: str
    #: What can be listed alone.
    states: Mapping[str, Q]
    #: The rows that were given up and not decided about.
    failed: Q
    replay_rows: Callable[[Iterable[UUID]], int]
    discard_rows: Callable[[Iterable[UUID]], int]

    def rows(self) -> QuerySet[Any]:
        """Return all rows, newest first."""
        raise NotImplementedError

    def describe(self, row: Any) -> str:
        """Return what a row is, in a line; its error is added."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", nargs="?", choices=["replay", "discard"])
        parser.add_argument("ids", nargs="*", type=UUID, metavar="ID", help="Failed ones. All, if left out.")
        parser.add_argument("--state", choices=list(self.states), help="List only those in this state.")
        parser.add_argument("--yes", action="store_true", help="Really discard them.")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.activate(scope.Scope(role="platform")):
            if not options["act"]:
                self._show(self.rows().filter(self.states.get(options["state"], Q())))
                return
            failed = self.rows().filter(self.failed)
            chosen = failed.filter(id__in=options["ids"]) if options["ids"] else failed
            ids = list(chosen.values_list("id", flat=True))
            if options["act"] == "replay":
                self.stdout.write(f"{self.replay_rows(ids)} {self.noun} run again.")
            elif options["yes"]:
                self.stdout.write(f"{self.discard_rows(ids)} {self.noun} discarded.")
            else:
                self._show(chosen)
                self.stdout.write(f"{len(ids)} {self.noun} would be discarded. Add --yes to do it.")

    def _show(self, found: QuerySet[Any]) -> None:
        for row in found[:SHOWN]:
            self.stdout.write(f"{row.id}  {self.describe(row)}  {last_line(row.error)}".rstrip())


def last_line(error: str) -> str:
    """Return what a traceback comes to."""
    lines = error.strip().splitlines()
    return lines[-1] if lines else ""
