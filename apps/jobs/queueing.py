"""Adding tasks, and telling the broker of those that are due."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone, translation
from kombu.exceptions import OperationalError

from apps.core import clock, scope
from apps.jobs import declarations
from apps.jobs.models import Task, share_of

BATCH = 500
FEW = 10  # lost messages of the bulk queue that are sent again at once
LOST_AFTER = timedelta(seconds=5)  # a message that is neither waiting nor begun by then is lost

log = structlog.get_logger()


def add(
    *,
    name: str,
    arguments: dict[str, Any],
    run_at: datetime | None = None,
    unique: str = "",
    job_id: UUID | None = None,
) -> UUID:
    """Add a task in the present scope; see `Jobs.enqueue`.

    :param job_id: the job that shows it
    """
    now, declared = scope.current(), declarations.find(name)
    row = Task(
        name=name,
        queue=declared.queue,
        arguments=arguments,
        unique=unique,
        run_at=run_at or clock.now(),
        tenant_id=now.tenant_id,
        share=share_of(now.tenant_id, declared.lane),
        headers=carried(now) | ({"job": str(job_id)} if job_id else {}),
    )
    Task.objects.bulk_create([row], ignore_conflicts=bool(unique))
    return row.id


def carried(now: scope.Scope) -> dict[str, Any]:
    """Return what travels with a task: who asked for it, what they were allowed then, and how they read."""
    return {
        "user_id": str(now.user_id or ""),
        "actor": _written(now.actor),
        "on_behalf_of": _written(now.on_behalf_of) if now.on_behalf_of else None,
        "permissions": sorted(now.permissions),
        "membership_role": now.membership_role,
        "request_id": now.request_id,
        "traceparent": now.trace,
        "language": translation.get_language() or "",
        "time_zone": timezone.get_current_timezone_name(),
    }


def _written(actor: scope.Actor) -> list[str]:
    return [actor.kind, str(actor.id or ""), actor.label]


def send_due() -> int:
    """Tell the broker of tasks that are due, as the platform; return how many. Without a broker they wait.

    :raises OperationalError: of kombu, if the broker takes nothing
    """
    due = _mark_due()
    try:
        for task in due:
            send(task)
    except OperationalError:  # what was sent is sent again, and finds nothing to begin
        with transaction.atomic():
            Task.objects.filter(id__in=[task.id for task in due]).update(sent_at=None)
        raise
    return len(due)


@transaction.atomic
def _mark_due() -> list[Task]:
    """Mark tasks as sent before they are: a worker may be so fast that it would find the row still locked."""
    due = list(
        Task.objects.select_for_update(skip_locked=True)
        .filter(state=Task.State.QUEUED, run_at__lte=clock.now(), sent_at=None)
        .order_by("run_at")[:BATCH]
    )
    Task.objects.filter(id__in=[task.id for task in due]).update(sent_at=clock.now())
    return due


def send(task: Task) -> None:
    """Tell the broker of one task."""
    limit = _limit_of(task)
    current_app.send_task(
        "jobs.run",
        (str(task.id), task.queue),
        queue=task.queue,
        soft_time_limit=limit,
        time_limit=limit + max(limit // 5, 1),
    )


def pass_turn() -> None:
    """Tell the broker of one more turn in the bulk queue, if something waits there.

    A message that comes while a tenant has as many tasks running as it may begins nothing. Whoever ends one therefore
    calls for the next.
    """
    with scope.as_role("platform"):
        waits = Task.objects.filter(
            queue=declarations.BULK, state=Task.State.QUEUED, run_at__lte=clock.now()
        ).first()
    if waits:
        send(waits)


def find_lost() -> None:
    """Have what a broker has forgotten sent again, as the platform: sent, not begun, and no message waits.

    Of bulk tasks, a few: any message begins the next in turn, and whoever ends one calls for another.
    """
    lost = Task.objects.filter(state=Task.State.QUEUED, sent_at__lt=clock.now() - LOST_AFTER)
    queues = [
        name for name in lost.order_by().values_list("queue", flat=True).distinct() if not waiting(name)
    ]
    with transaction.atomic():
        if declarations.BULK in queues:
            queues.remove(declarations.BULK)
            few = lost.filter(queue=declarations.BULK).order_by("run_at").values("id")[:FEW]
            Task.objects.filter(id__in=few).update(sent_at=None)
        lost.filter(queue__in=queues).update(sent_at=None)


def waiting(queue: str) -> int:
    """Return how many messages wait in a queue at the broker.

    :raises OperationalError: of kombu, if the broker does not answer
    """
    with current_app.connection_for_write() as broker:
        try:
            with broker.channel() as channel:
                return int(channel.queue_declare(queue=queue, passive=True).message_count)  # type: ignore[attr-defined]
        except broker.channel_errors:
            return 0
        except broker.connection_errors as error:
            raise OperationalError(str(error)) from error


def _limit_of(task: Task) -> int:
    try:
        return declarations.find(task.name).seconds
    except KeyError:
        return declarations.LIMITS[task.queue]
