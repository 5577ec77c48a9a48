"""Tasks that leave a trace, each in its own way of going wrong."""

import os
import time
from contextlib import suppress

from billiard.exceptions import SoftTimeLimitExceeded

from apps.jobs.interface import BULK, task
from tests.background import traces


@task(attempts=3)
def note(word: str) -> None:
    """Do as one should."""
    traces.leave("note", word)


@task(attempts=2)
def poison() -> None:
    """End the process."""
    traces.leave("poison")
    os._exit(1)


@task(attempts=2)
def long(seconds: int) -> None:
    """Take longer than the lease and the broker's patience."""
    traces.leave("long")
    time.sleep(seconds)


@task(attempts=3)
def held() -> None:
    """Wait at the gate."""
    traces.leave("held")
    traces.wait_at_gate()


@task(queue=BULK)
def bulk(word: str) -> None:
    """Take a moment, as one of many."""
    time.sleep(0.02)
    traces.leave("bulk", word)


@task(attempts=1, limit=2)
def endless() -> None:
    """Stop when asked to."""
    time.sleep(60)


@task(attempts=1, limit=2)
def stubborn() -> None:
    """Go on whatever one is asked."""
    while True:
        with suppress(SoftTimeLimitExceeded):
            time.sleep(60)
