"""The one place that tells the time, so that a test or a demo can move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_stopped_at: ContextVar[datetime | None] = ContextVar("stopped_at", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _stopped_at.get() or timezone.now()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Have the clock show a moment, aware, for the block."""
    previous = _stopped_at.get()
    _stopped_at.set(moment)
    try:
        yield
    finally:
        _stopped_at.set(previous)
