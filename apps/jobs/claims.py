"""Beginning a task: nobody else runs it, the try is counted, and a lease says how long silence is no death."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from apps.core import clock
from apps.jobs.models import Task, Turn

# Steps from share to share through the index, however many tasks each has.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(7203, 0)"  # so that each counts what the others have begun
SHARES_IN_TURN = """
    with recursive waiting as (
        (select share from jobs_task where queue = 'bulk' and state = 'queued' order by share limit 1)
        union all
        select (
            select share from jobs_task
            where queue = 'bulk' and state = 'queued' and share > waiting.share order by share limit 1
        ) from waiting where waiting.share is not null
    )
    select waiting.share
    from waiting left join jobs_turn turn on turn.share = waiting.share
    where waiting.share is not null and exists (
        select from jobs_task
        where queue = 'bulk' and state = 'queued' and share = waiting.share and run_at <= %(now)s
    ) and %(most)s > (
        select count(*) from jobs_task
        where queue = 'bulk' and state = 'running' and share = waiting.share and lease_until > %(now)s
    )
    order by turn.served_at nulls first, waiting.share
"""


def lease() -> timedelta:
    """Return how long a silent worker counts as alive."""
    return timedelta(seconds=settings.JOBS_LEASE)


def claim(task_id: UUID) -> Task | None:
    """Begin a task, as the platform, if it is due and nobody has."""
    with transaction.atomic():
        return _begin(_due().filter(id=task_id))


def claim_in_turn() -> Task | None:
    """Begin the bulk task, as the platform, whose tenant or lane of it was served longest ago.

    Each has at most JOBS_BULK_PER_TENANT that run at once.
    """
    with transaction.atomic():
        for share in _shares_in_turn():
            task = _begin(_due().filter(queue="bulk", share=share).order_by("run_at", "id"))
            if task:
                _note_turn(share)
                return task
    return None


def _due() -> QuerySet[Task]:
    queued = Task.objects.select_for_update(skip_locked=True).filter(state=Task.State.QUEUED)
    return queued.filter(run_at__lte=clock.now())


def _begin(found: QuerySet[Task]) -> Task | None:
    task = found.first()
    if task:
        task.state, task.started_at = Task.State.RUNNING, clock.now()
        task.attempts += 1
        task.lease_until = task.started_at + lease()
        task.unique = ""  # another may wait with the word by the time that this one waits again
        task.save(update_fields=["state", "started_at", "attempts", "lease_until", "unique"])
    return task


def _shares_in_turn() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        cursor.execute(SHARES_IN_TURN, {"now": clock.now(), "most": settings.JOBS_BULK_PER_TENANT})
        return [share for (share,) in cursor.fetchall()]


def _note_turn(share: UUID) -> None:
    Turn.objects.bulk_create(
        [Turn(share=share, served_at=clock.now())],
        update_conflicts=True,
        unique_fields=["share"],
        update_fields=["served_at"],
    )
