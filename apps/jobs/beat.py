"""The beat: tells the broker of tasks that are due, begins what a schedule says, and finds what was lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

from apps.core import clock
from apps.core.daemon import Daemon, Unavailable
from apps.jobs import declarations, queueing, tracking
from apps.jobs.models import ScheduledRun, Task

log = structlog.get_logger()


def beat() -> Daemon:
    """Return a daemon that does so. Several do not disturb each other."""

    def look() -> None:
        begin_scheduled()
        take_back_lost()
        with _broker():
            queueing.find_lost()

    def work() -> bool:
        with _broker():
            return queueing.send_due() > 0

    return Daemon(channel="jobs_task", look=look, work=work)


def begin_scheduled() -> int:
    """Add the tasks of schedules whose moment has come, as the platform; return how many. Each moment is used once."""
    return sum(_begin(schedule) for schedule in declarations.schedules())


@transaction.atomic
def take_back_lost() -> int:
    """Have tasks run again whose worker has said nothing for its lease, as the platform; return how many."""
    silent = Task.objects.select_for_update(skip_locked=True).filter(
        state=Task.State.RUNNING, lease_until__lt=clock.now()
    )
    lost = [task.id for task in silent.only("id")]
    Task.objects.filter(id__in=lost).update(
        state=Task.State.QUEUED, lease_until=None, sent_at=None, run_at=clock.now()
    )
    tracking.wait_again(lost)
    return len(lost)


def _begin(schedule: declarations.Schedule) -> bool:
    due_at, name = schedule.due_at(clock.now()), schedule.task.name
    if ScheduledRun.objects.filter(name=name, due_at=due_at).exists():
        return False
    with transaction.atomic():
        run = ScheduledRun(name=name, due_at=due_at)
        ScheduledRun.objects.bulk_create([run], ignore_conflicts=True)
        if not ScheduledRun.objects.select_for_update().filter(id=run.id).exists():
            return False  # another beat was first
        ScheduledRun.objects.filter(id=run.id).update(task_id=schedule.task.enqueue())
    return True


@contextmanager
def _broker() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        raise Unavailable(f"The broker does not answer: {error}") from error
