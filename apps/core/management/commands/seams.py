"""`manage.py seams`: which modules could leave, and what holds the others."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from redis.exceptions import RedisError

from apps.core import calls
from apps.core.seams import Seam, git_history, seams

HEADS = (
    "module",
    "calls/s",
    "ms/call",
    "share",
    "tables",
    "shared",
    "changes",
    "with others",
    "used by",
    "verdict",
)


class Command(BaseCommand):
    help = (
        "Show what holds each module to the others and what pulls it out: calls of the last 30 days, tables, foreign "
        "keys, changes of the last year. The thresholds stand in docs/adr/0008-stay-or-split.md."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        history = git_history(settings.BASE_DIR)
        if not history:
            self.stderr.write("There is no git history here, so changes count as none.")
        found = seams(self._usage(), history)
        rows = [HEADS, *map(_row, found)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
        for row in rows:
            cells = map(_aligned, HEADS, row, widths)
            self.stdout.write("  ".join(cells).rstrip())

    def _usage(self) -> dict[str, calls.Usage]:
        try:
            return calls.usage()
        except RedisError:
            self.stderr.write("Valkey does not answer, so calls count as none.")
            return {}


def _row(seam: Seam) -> tuple[str, ...]:
    changes = seam.changes
    return (
        seam.module,
        f"{seam.usage.per_second:.2f}",
        f"{seam.usage.milliseconds_per_call:.2f}",
        f"{seam.share:.0%}",
        str(seam.tables),
        str(len(seam.shared)),
        str(changes.count),
        f"{changes.coupling:.0%}" + (f" {changes.partner}" if changes.partner else ""),
        str(len(seam.importers)),
        seam.verdict,
    )


def _aligned(head: str, cell: str, width: int) -> str:
    return cell.ljust(width) if head in ("module", "with others", "verdict") else cell.rjust(width)
