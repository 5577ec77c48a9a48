"""What can run in the background, and when: each module declares it in its `tasks.py`.

@schedule(every=timedelta(days=1), offset=timedelta(hours=3))
@task(queue=BULK)
def erase_closed_workspaces() -> None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, get_type_hints
from uuid import UUID

from apps.core.codec import decode, encode

CRITICAL, DEFAULT, BULK = "critical", "default", "bulk"
LIMITS = {CRITICAL: 30, DEFAULT: 240, BULK: 3600}  # seconds
Value = str | int | bool | UUID | datetime | None


class Transient(Exception):
    """Raised by a task for what passes by itself: it is tried again, later each time."""


TRANSIENT: tuple[type[Exception], ...] = (Transient, ConnectionError, TimeoutError)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A function that workers run. Called, it runs here and now; enqueued, after the transaction, elsewhere.

    It may run more than once: a worker can die after the work and before the note of it. With `is_atomic` it runs
    in one transaction with that note, and so once in effect.

    :param lane: in the bulk queue, keeps a tenant's tasks of this kind from using up the turns of its others
    :param attempts: how often it may begin when `retry_on` errors pass by; other errors have UNEXPECTED_ATTEMPTS
    :param limit: seconds until it is asked to stop, with SoftTimeLimitExceeded; a fifth later its process is ended.
        In the bulk queue all tasks have the queue's
    """

    name: str
    function: Callable[..., None]
    queue: str = DEFAULT
    lane: str = ""
    attempts: int = 8
    retry_on: tuple[type[Exception], ...] = TRANSIENT
    limit: int = 0
    is_atomic: bool = False
    types: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> int:
        """The limit that holds."""
        return LIMITS[self.queue] if self.queue == BULK else self.limit or LIMITS[self.queue]

    def __call__(self, **arguments: Any) -> None:
        self.function(**arguments)

    def enqueue(self, *, run_at: datetime | None = None, unique: str = "", **arguments: Value) -> UUID:
        """Have a worker run it in the scope of now, once the transaction is committed; return the task's id.

        :param run_at: not before then; days are fine, for it waits in the database
        :param unique: while a task of this name waits to begin with the same word, nothing is added
        """
        from apps.jobs.interface import jobs

        values = {name: encode(value) for name, value in arguments.items()}
        return jobs().enqueue(task=self.name, arguments=values, run_at=run_at, unique=unique)

    def read(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return what `enqueue` was given.

        :raises KeyError, TypeError, ValueError: if the function no longer takes it
        """
        return {name: decode(self.types[name], value) for name, value in arguments.items()}


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a task begins by itself: at every whole multiple of `every` since 1970, UTC, plus `offset`."""

    task: Task
    every: timedelta
    offset: timedelta

    def due_at(self, now: datetime) -> datetime:
        """Return the last moment at which it was due."""
        zero = datetime.fromtimestamp(0, tz=now.tzinfo) + self.offset
        return now - (now - zero) % self.every


_tasks: dict[str, Task] = {}
_schedules: dict[str, Schedule] = {}


def task(**options: Any) -> Callable[[Callable[..., None]], Task]:
    """Declare a function as a task, named for its module and itself: `tenancy.erase_closed_workspaces`.

    :param options: as `Task` has them
    """

    def declare(function: Callable[..., None]) -> Task:
        name = f"{function.__module__.split('.')[1]}.{function.__name__}"
        types = get_type_hints(function)
        types.pop("return", None)
        _tasks[name] = Task(name=name, function=function, types=types, **options)
        return _tasks[name]

    return declare


def schedule(*, every: timedelta, offset: timedelta = timedelta()) -> Callable[[Task], Task]:
    """Have a task without arguments begin regularly; see `Schedule`."""

    def declare(declared: Task) -> Task:
        _schedules[declared.name] = Schedule(task=declared, every=every, offset=offset)
        return declared

    return declare


def find(name: str) -> Task:
    """Return a declared task.

    :raises KeyError: if no module declares it
    """
    return _tasks[name]


def tasks() -> tuple[Task, ...]:
    """Return all declared tasks, by name."""
    return tuple(_tasks[name] for name in sorted(_tasks))


def lanes() -> tuple[str, ...]:
    """Return all lanes, and the one without a name first."""
    return tuple(sorted({"", *(declared.lane for declared in _tasks.values())}))


def schedules() -> tuple[Schedule, ...]:
    """Return all schedules, by the name of their task."""
    return tuple(_schedules[name] for name in sorted(_schedules))
