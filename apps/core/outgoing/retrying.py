"""Trying again: only what may be repeated, after a random pause, and within time and budget."""

import random
import time
from collections.abc import Callable

import structlog

from apps.core.outgoing import circuit, deadline
from apps.core.outgoing.errors import TimedOut, Unreachable
from apps.core.outgoing.exchange import Answer, Message

REPEATABLE = ("GET", "HEAD", "OPTIONS", "PUT", "DELETE")
BUSY = (429, 502, 503, 504)
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds

log = structlog.get_logger(__name__)


def may_be_repeated(message: Message) -> bool:
    """Tell whether sending a message twice does what sending it once does."""
    return message.method in REPEATABLE or any(name.lower() == "idempotency-key" for name in message.headers)


def call(attempt: Callable[[], Answer], *, retries: int, destination: str) -> Answer:
    """Return the first answer of `attempt` that is not worth another try; or the last, or raise its error."""
    for number in range(retries):
        asked = 0.0
        try:
            answer = attempt()
        except (Unreachable, TimedOut) as error:
            if not _pause(number, asked, destination, error.reason):
                raise
            continue
        if answer.status not in BUSY or not _pause(
            number, answer.retry_after or 0.0, destination, f"status {answer.status}"
        ):
            return answer
    return attempt()


def _pause(number: int, asked: float, destination: str, reason: str) -> bool:
    """Wait, and tell whether to try again. Full jitter: those who failed together don't come back together."""
    seconds = asked + random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2**number))  # noqa: S311 - no secret
    if seconds >= deadline.left() or not circuit.may_retry(destination):
        return False
    log.info("outgoing.retried", destination=destination, reason=reason, seconds=round(seconds, 3))
    time.sleep(seconds)
    return True
