"""`manage.py tasks`: show background work, and decide about what failed."""

from django.db.models import Q, QuerySet

from apps.core.repeatable import RepeatableCommand
from apps.jobs.models import Task
from apps.jobs.upkeep import discard, replay


class Command(RepeatableCommand):
    help = "List tasks, newest first; replay failed ones, or discard them. Discarding needs --yes."
    noun = "tasks"
    states = {state: Q(state=state) for state in Task.State.values}
    failed = states[Task.State.DEAD]
    replay_rows = staticmethod(replay)
    discard_rows = staticmethod(discard)

    def rows(self) -> QuerySet[Task]:
        return Task.objects.order_by("-id")

    def describe(self, row: Task) -> str:
        return f"{row.state:9}  {row.name}  tries: {row.attempts}"
