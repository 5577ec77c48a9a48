"""What the row of a job is told while its task runs, as the platform."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.errors import ApplicationError
from apps.jobs.current import Cancelled, CurrentJob
from apps.jobs.models import Job, Task

OPEN = (Job.State.WAITING, Job.State.RUNNING)
ENDS = {
    Task.State.QUEUED: Job.State.WAITING,
    Task.State.DONE: Job.State.DONE,
    Task.State.DEAD: Job.State.FAILED,
}


@transaction.atomic
def begin(task: Task) -> CurrentJob | None:
    """Note that a task runs; return its job, or None for a task that is none.

    :raises Cancelled: if the job was cancelled or taken over by a retry
    """
    if not task.headers.get("job"):
        return None
    begun = Job.objects.filter(task_id=task.id, state__in=OPEN, cancel_asked_at=None).update(
        state=Job.State.RUNNING,
        attempts=task.attempts,
        started_at=clock.now(),
        done=0,
        total=None,
        log=[],
        error="",
    )
    if not begun:
        raise Cancelled
    return CurrentJob()


def exchange(task_id: UUID, job: CurrentJob) -> None:
    """Write how far the work is, and read whether somebody wants it to stop."""
    mine = Job.objects.filter(task_id=task_id, state=Job.State.RUNNING)
    mine.update(done=job.done, total=job.total, log=job.lines)
    if mine.exclude(cancel_asked_at=None).exists():
        job.cancelled.set()


def end(task: Task, job: CurrentJob | None, state: str, error: Exception | None = None) -> None:
    """Note the outcome of a task's try: its end, or that it waits for the next one."""
    if not task.headers.get("job"):
        return
    said: dict[str, Any] = {"done": job.done, "total": job.total, "log": job.lines} if job else {}
    if state == Task.State.DONE and job:
        said |= {"result_key": job.result_key, "result_name": job.result_name}
    Job.objects.filter(task_id=task.id, state__in=OPEN).update(
        state=_state(state, error),
        error=_told(error)[:500],
        finished_at=None if state == Task.State.QUEUED else clock.now(),
        **said,
    )


def wait_again(task_ids: Iterable[UUID]) -> None:
    """Note that tasks are queued again."""
    Job.objects.filter(task_id__in=list(task_ids)).exclude(state=Job.State.CANCELLED).update(
        state=Job.State.WAITING, finished_at=None
    )


def _state(state: str, error: Exception | None) -> str:
    if isinstance(error, Cancelled):
        return Job.State.CANCELLED
    return ENDS.get(Task.State(state), Job.State.FAILED)


def _told(error: Exception | None) -> str:
    """Return what the person may know of an error: those made for people as they are, of others only that."""
    if error is None or isinstance(error, Cancelled):
        return ""
    if isinstance(error, ApplicationError) and error.status < 500:
        texts = [text for texts in error.fields.values() for text in texts]
        return " ".join(texts) or str(error.message)
    return _("Something went wrong on our side.")
