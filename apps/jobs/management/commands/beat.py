"""`manage.py beat`: tell workers of tasks that are due, and begin what a schedule says, until stopped."""

from typing import Any

from apps.core.daemon import DaemonCommand
from apps.jobs.beat import beat


class Command(DaemonCommand):
    help = (
        "Have workers begin what is due and what a schedule says, until SIGTERM or Ctrl-C. Several may run."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.run(beat(), says="Watching for tasks that are due.")
