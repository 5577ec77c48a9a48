"""Running tasks, as a worker does: claim, run in the scope of who asked, note the outcome.

A claim counts as a try and takes a lease. A message for a task that somebody runs, or that is done, finds nothing to
claim; so it does not matter how often a broker delivers it. A worker that dies leaves a lease that runs out.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils import timezone, translation

from apps.core import clock, permissions, placement, scope
from apps.core.errors import ApplicationError
from apps.core.failures import describe, is_lost
from apps.jobs import declarations, tracking
from apps.jobs.claims import claim, claim_in_turn
from apps.jobs.current import Cancelled, CurrentJob, activate
from apps.jobs.lease import Lease
from apps.jobs.models import Task

UNEXPECTED_ATTEMPTS = 3
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)

log = structlog.get_logger()
_random = random.SystemRandom()


class NotRunnable(Exception):
    """Trying again would not help, so the task waits for staff."""


class LeaseLost(Exception):
    """Another worker runs the task now, because this one was silent for too long."""


def run(*, task_id: UUID) -> bool:
    """Run a task, if it is due and nobody runs it; return whether it was."""
    with scope.activate(scope.Scope(role="platform")):
        return _run_claimed(claim(task_id))


def run_next_in_bulk() -> bool:
    """Run the bulk task whose tenant has waited longest; return whether there was one."""
    with scope.activate(scope.Scope(role="platform")):
        return _run_claimed(claim_in_turn())


def wait_after(attempt: int) -> timedelta:
    """Return how long to wait after a try: twice as long each time, less up to half by chance."""
    longest = min(FIRST_WAIT * 2 ** min(attempt - 1, 20), LONGEST_WAIT)
    return longest * _random.uniform(0.5, 1)


def _run_claimed(task: Task | None) -> bool:
    if task is None:
        return False
    job = None
    try:
        job = tracking.begin(task)
        with Lease(task_id=task.id, attempt=task.attempts, job=job):
            _run(task, job)
        log.info("task.done", task=task.name, id=str(task.id), attempt=task.attempts)
    except LeaseLost as error:
        _take_back(task, job)
        log.warning("task.lease_lost", task=task.name, id=str(task.id), exc_info=error)
    except Cancelled as error:
        _take_back(task, job)
        _end(task, job, Task.State.DISCARDED, error)
        log.info("task.cancelled", task=task.name, id=str(task.id), attempt=task.attempts)
    except Exception as error:
        if is_lost(error):  # Nothing can be noted, and the lease runs out.
            raise
        _take_back(task, job)
        _note_failure(task, job, error)
    return True


def _run(task: Task, job: CurrentJob | None) -> None:
    declared, arguments = _declared(task)
    whole = transaction.atomic() if declared.is_atomic else nullcontext()
    with whole:
        with scope.activate(_scope_of(task)), _as_they_read(task), activate(job), _as_they_may(job):
            declared(**arguments)
        _end(task, job, Task.State.DONE)


def _take_back(task: Task, job: CurrentJob | None) -> None:
    """Delete the file of a job whose work was taken back."""
    if not (job and job.result_key):
        return
    try:
        with scope.activate(_scope_of(task)):
            job.forget_result()
    except (ApplicationError, NotRunnable) as error:
        log.warning("task.result_left", key=job.result_key, exc_info=error)


@contextmanager
def _as_they_read(task: Task) -> Iterator[None]:
    """Speak the language of who asked, and tell times as their clocks do."""
    zone = task.headers.get("time_zone") or None
    with translation.override(task.headers.get("language") or None), timezone.override(zone):
        yield


@contextmanager
def _as_they_may(job: CurrentJob | None) -> Iterator[None]:
    """Let a job do what its person was allowed when they started it, less what they have lost since."""
    started = scope.current()
    if job is None or started.user_id is None or started.tenant_id is None:
        yield
        return
    with scope.use(permissions=started.permissions & permissions.held_by(started.user_id)):
        yield


def _declared(task: Task) -> tuple[declarations.Task, dict[str, Any]]:
    try:
        declared = declarations.find(task.name)
    except KeyError as error:
        raise NotRunnable("No module declares this task any more.") from error
    if task.attempts > declared.attempts:
        raise NotRunnable("The worker ended during the last try.")
    try:
        return declared, declared.read(task.arguments)
    except (KeyError, TypeError, ValueError) as error:
        raise NotRunnable("The task no longer takes these arguments.") from error


def _scope_of(task: Task) -> scope.Scope:
    carried = task.headers
    behalf = carried.get("on_behalf_of")
    asked = scope.Scope(
        user_id=UUID(carried["user_id"]) if carried["user_id"] else None,
        actor=_actor(*carried["actor"]),
        on_behalf_of=_actor(*behalf) if behalf else None,
        permissions=frozenset(carried["permissions"]),
        membership_role=carried["membership_role"],
        request_id=carried["request_id"],
        trace=carried["traceparent"],
    )
    if task.tenant_id is None:
        return asked
    try:
        cell = placement.cell_of(task.tenant_id)
    except placement.UnknownTenant as error:
        raise NotRunnable("The tenant no longer exists.") from error
    return replace(asked, tenant_id=task.tenant_id, cell=cell)


def _actor(kind: Any, actor_id: str, label: str) -> scope.Actor:
    return scope.Actor(kind=kind, id=UUID(actor_id) if actor_id else None, label=label)


def _note_failure(task: Task, job: CurrentJob | None, error: Exception) -> None:
    task.error = str(error) if isinstance(error, NotRunnable) else describe(error)
    if job and isinstance(error, ApplicationError) and error.status < 500:
        _end(task, job, Task.State.DISCARDED, error)  # it is for the person to act on, not for staff
        log.info("task.refused", task=task.name, id=str(task.id), attempt=task.attempts, code=error.code)
        return
    again = _may_try_again(task, error)
    if again:
        task.run_at = clock.now() + wait_after(task.attempts)
    with _as_they_read(task):
        _end(task, job, Task.State.QUEUED if again else Task.State.DEAD, error)
    log.error(
        "task.failed" if again else "task.dead",
        task=task.name,
        id=str(task.id),
        attempt=task.attempts,
        exc_info=error,
    )


def _may_try_again(task: Task, error: Exception) -> bool:
    if isinstance(error, NotRunnable):
        return False
    declared = declarations.find(task.name)
    passes = isinstance(error, (*declared.retry_on, SoftTimeLimitExceeded))
    limit = declared.attempts if passes else min(declared.attempts, UNEXPECTED_ATTEMPTS)
    return task.attempts < limit


@transaction.atomic
def _end(task: Task, job: CurrentJob | None, state: str, error: Exception | None = None) -> None:
    """Note the outcome, unless the lease was lost and somebody else runs it now.

    :raises LeaseLost: so that the effect of an atomic task is taken back
    """
    ended = Task.objects.filter(id=task.id, state=Task.State.RUNNING, attempts=task.attempts).update(
        state=state,
        error=task.error if state != Task.State.DONE else "",
        run_at=task.run_at,
        sent_at=None,
        lease_until=None,
        finished_at=None if state == Task.State.QUEUED else clock.now(),
    )
    if not ended:
        raise LeaseLost(f"{task} was taken over by another worker.")
    tracking.end(task, job, state, error)
