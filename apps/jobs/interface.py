"""Jobs: work that leaves the request.

A task is work that nobody waits for. A job is a task that a person started: it has a page with its progress, can be
cancelled, and may leave a file.

    job_id = start_job("radar.import_signals", title="Import of march.csv", import_id=import_file.id)

    @task(queue=BULK, is_atomic=True)
    def import_signals(import_id: UUID) -> None:
        job = current_job()
        job.progress(500, 12_000)   # raises Cancelled, which takes everything back
        job.log("500 signals imported.")
        job.result("faults.csv", content)
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.core.codec import encode
from apps.core.modules import implementation
from apps.jobs.current import Cancelled, CurrentJob, current_job
from apps.jobs.declarations import (
    BULK,
    CRITICAL,
    DEFAULT,
    TRANSIENT,
    Task,
    Transient,
    Value,
    schedule,
    task,
)

__all__ = [
    "BULK",
    "CRITICAL",
    "DEFAULT",
    "TRANSIENT",
    "Cancelled",
    "CurrentJob",
    "Jobs",
    "Task",
    "Transient",
    "current_job",
    "jobs",
    "schedule",
    "start_job",
    "task",
]

Arguments = Mapping[str, str | int | bool | None]


class Jobs(ABC):
    """Enqueueing. What can be enqueued is declared with `task` in a module's `tasks.py`."""

    @abstractmethod
    def enqueue(
        self, *, task: str, arguments: Arguments, run_at: datetime | None = None, unique: str = ""
    ) -> UUID:
        """Add a task, in the tenant, person and request of the present scope; see `Task.enqueue`.

        :raises KeyError: if no module declares the task
        """

    @abstractmethod
    def start(self, *, task: str, title: str, arguments: Arguments) -> UUID:
        """Add a task and the job that shows it to the actor in scope; see `start_job`.

        :raises KeyError: if no module declares the task
        """

    @abstractmethod
    def is_under_way(self, *, job_id: UUID) -> bool:
        """Tell whether a job of the tenant in scope waits or runs."""


def jobs() -> Jobs:
    """Return the configured implementation."""
    return implementation(Jobs)


def start_job(task: str, *, title: str, **arguments: Value) -> UUID:
    """Have a worker run a task, once the transaction is committed, as a job of the actor in scope; return the job's id.

    Its page is at `reverse("jobs:job", args=[slug, job_id])`.

    :param task: its name, for services stand below the tasks that call them
    :param title: what the job is called, in the actor's language
    :raises KeyError: if no module declares the task
    """
    return jobs().start(
        task=task, title=title, arguments={name: encode(value) for name, value in arguments.items()}
    )
