"""What staff do with dead tasks, what becomes of old ones, and doing all that is due without workers."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from apps.core import clock, scope, storage
from apps.jobs import tracking
from apps.jobs.current import RESULTS
from apps.jobs.models import Job, ScheduledRun, Task
from apps.jobs.running import run, run_next_in_bulk


def run_due_tasks() -> int:
    """Run all tasks that are due, here and now; return how many. Workers do so all the time."""
    ran = 0
    with scope.activate(scope.Scope(role="platform")):
        while due := list(
            Task.objects.filter(state=Task.State.QUEUED, run_at__lte=clock.now()).order_by("run_at", "id")[
                :100
            ]
        ):
            ran += sum(run_next_in_bulk() if task.queue == "bulk" else run(task_id=task.id) for task in due)
    return ran


def replay(tasks: Iterable[UUID]) -> int:
    """Run dead tasks again, from the first try on; return how many there were."""
    with transaction.atomic(), scope.as_role("platform"):
        dead = Task.objects.select_for_update().filter(id__in=list(tasks), state=Task.State.DEAD)
        found = [task.id for task in dead.only("id")]
        Task.objects.filter(id__in=found).update(
            state=Task.State.QUEUED,
            attempts=0,
            run_at=clock.now(),
            sent_at=None,
            finished_at=None,
            error="",
        )
        tracking.wait_again(found)
        return len(found)


def discard(tasks: Iterable[UUID]) -> int:
    """Give dead tasks up; return how many there were."""
    with transaction.atomic(), scope.as_role("platform"):
        dead = Task.objects.filter(id__in=list(tasks), state=Task.State.DEAD)
        return dead.update(state=Task.State.DISCARDED, finished_at=clock.now())


def prune(*, older_than: timedelta) -> int:
    """Forget what ended before, as the platform: scheduled runs, jobs with their files, and tasks but dead ones.

    So do files of more than a day ago that no job knows, for their worker was killed. Return how many tasks there were.
    """
    before = clock.now() - older_than
    _sweep_results()
    _prune_jobs(before)
    with transaction.atomic():
        ScheduledRun.objects.filter(due_at__lt=before).delete()
        ended = Task.objects.filter(state__in=[Task.State.DONE, Task.State.DISCARDED], finished_at__lt=before)
        deleted, _by_model = ended.delete()
    return deleted


def _sweep_results() -> None:
    """A worker writes the file before it commits the row, so what is new may get one still."""
    yesterday = clock.now() - timedelta(days=1)
    for tenant_id in Job.objects.order_by().values_list("tenant_id", flat=True).distinct():
        with scope.use(tenant_id=tenant_id):
            known = set(Job.objects.filter(tenant_id=tenant_id).values_list("result_key", flat=True))
            for key in storage.keys(RESULTS):
                if key not in known and storage.stored_at(key) < yesterday:
                    storage.delete(key)


def _prune_jobs(before: datetime) -> None:
    old = Job.objects.filter(finished_at__lt=before)
    for job in old.exclude(result_key="").only("tenant_id", "result_key").iterator():
        with scope.use(tenant_id=job.tenant_id):
            storage.delete(job.result_key)
    with transaction.atomic():
        old.delete()
