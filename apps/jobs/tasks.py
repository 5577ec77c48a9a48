"""What Celery runs: our own tasks, by their id; and the keeping of order."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from apps.core import scope
from apps.jobs import queueing, running, upkeep
from apps.jobs.declarations import BULK, schedule, task


@shared_task(name="jobs.run", ignore_result=True)
def run(task_id: str, queue: str) -> None:
    """Run a task; in the bulk queue, the one whose turn it is."""
    if queue == BULK:
        if running.run_next_in_bulk():
            with suppress(OperationalError):  # the beat finds what is left
                queueing.pass_turn()
    else:
        running.run(task_id=UUID(task_id))


@schedule(every=timedelta(days=1), offset=timedelta(hours=3, minutes=10))
@task()
def prune() -> None:
    """Forget tasks that ended a while ago."""
    with scope.as_role("platform"):
        upkeep.prune(older_than=timedelta(days=settings.JOBS_KEEP_DAYS))
