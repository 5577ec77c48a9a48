"""The job that the running task does, as its code sees it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.core.files.base import File

from apps.core import clock, storage

MOST_LINES = 200
LONGEST_LINE = 300
RESULTS = "jobs"  # the folder of result files


class Cancelled(Exception):
    """Somebody cancelled the job. Let it pass: what the task did in its transaction is taken back."""


class CurrentJob:
    """What a task says of its work. In a task that is no job, nobody listens.

    Nothing here waits for the database: the lease's thread carries it there about once a second, past the
    transaction of the work, and brings back whether to stop.
    """

    def __init__(self) -> None:
        self.done = 0
        self.total: int | None = None
        self.lines: list[dict[str, str]] = []
        self.result_key = ""
        self.result_name = ""
        self.cancelled = threading.Event()

    def progress(self, done: int, total: int | None = None) -> None:
        """Say how much is done, in whatever is counted; call it every few hundred milliseconds, or more often.

        :param total: how much there is to do, if that is known
        :raises Cancelled: if somebody asked for it
        """
        self.done = done
        self.total = self.total if total is None else total
        if self.cancelled.is_set():
            raise Cancelled

    def log(self, text: str) -> None:
        """Add a line to the job's page. Of many, the last ones are kept."""
        line = {"at": clock.now().isoformat(), "text": text[:LONGEST_LINE]}
        self.lines = [*self.lines[1 - MOST_LINES :], line]

    def result(self, name: str, content: bytes | File) -> None:  # type: ignore[type-arg]
        """Leave a file, which the person who started the job can download. A second one replaces the first.

        :raises Unavailable: if the storage can't be reached
        """
        self.forget_result()
        self.result_key = storage.store(name, content, folder=RESULTS)
        self.result_name = name[-200:]

    def forget_result(self) -> None:
        """Delete the file, because the work was taken back."""
        if self.result_key:
            storage.delete(self.result_key)
            self.result_key = self.result_name = ""


_current: ContextVar[CurrentJob | None] = ContextVar("job", default=None)


def current_job() -> CurrentJob:
    """Return the job that the running task does; one that nobody sees if it is none."""
    return _current.get() or CurrentJob()


@contextmanager
def activate(job: CurrentJob | None) -> Iterator[None]:
    """Make it the current job for the block."""
    token = _current.set(job)
    try:
        yield
    finally:
        _current.reset(token)
