"""The end of the time that a call has, known to everything that the call does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

_end: ContextVar[float] = ContextVar("deadline", default=inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give the block so many seconds, or what is left of the time around it if that is less."""
    token = _end.set(min(_end.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _end.reset(token)


def left() -> float:
    """Return the seconds that are left, below 0 when the time is over."""
    return _end.get() - time.monotonic()
