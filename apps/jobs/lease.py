"""The sign of life of a worker that is busy with a task; it carries what the task says of its job."""

import threading
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from apps.core import clock, scope
from apps.jobs import tracking
from apps.jobs.claims import lease
from apps.jobs.current import CurrentJob
from apps.jobs.models import Task

JOB_SECONDS = 1  # a person looks at it

log = structlog.get_logger()


class Lease:
    """Renews a task's lease for the block, on a thread and a connection of its own.

    Tasks that are done within a third of the lease, and jobs within a second, never start the thread.
    """

    def __init__(self, *, task_id: UUID, attempt: int, job: CurrentJob | None = None) -> None:
        self._task_id, self._attempt, self._job = task_id, attempt, job
        self._seconds = min(settings.JOBS_LEASE / 3, JOB_SECONDS if job else settings.JOBS_LEASE)
        self._ended = threading.Event()
        self._timer = threading.Timer(self._seconds, self._renew_until_ended)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._timer.cancel()

    def _renew_until_ended(self) -> None:
        try:
            with scope.activate(scope.Scope(role="platform")):
                while not self._ended.is_set():
                    self._renew()
                    self._ended.wait(self._seconds)
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            with transaction.atomic():
                mine = Task.objects.filter(id=self._task_id, state=Task.State.RUNNING, attempts=self._attempt)
                if mine.update(lease_until=clock.now() + lease()) and self._job:
                    tracking.exchange(self._task_id, self._job)
        except DatabaseError as error:  # the next sign of life may come through
            connection.close()
            log.warning("task.lease_not_renewed", task=str(self._task_id), exc_info=error)
