"""Jobs: work that leaves the request."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from apps.core.modules import implementation
from apps.jobs.declarations import BULK, CRITICAL, DEFAULT, Task, Transient, schedule, task

__all__ = ["BULK", "CRITICAL", "DEFAULT", "Jobs", "Task", "Transient", "jobs", "schedule", "task"]

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


def jobs() -> Jobs:
    """Return the configured implementation."""
    return implementation(Jobs)
