"""A destination has few places in each process, so a slow one can't take every thread."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from apps.core.outgoing.errors import Saturated

PLACES = 8

_lock = Lock()
_taken: Counter[str] = Counter()


@contextmanager
def place(destination: str) -> Iterator[None]:
    """Take one of the destination's places for the block.

    :raises Saturated: at once, if all are taken
    """
    with _lock:
        if _taken[destination] >= PLACES:
            raise Saturated(f"{PLACES} calls to {destination} are under way")
        _taken[destination] += 1
    try:
        yield
    finally:
        with _lock:
            _taken[destination] -= 1
            if not _taken[destination]:
                del _taken[destination]
