"""One request and its answer, without any second try."""

import os
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from math import ceil
from ssl import SSLContext

import httpcore
import httpx

from apps.core import clock
from apps.core.outgoing import connection
from apps.core.outgoing.addresses import Place
from apps.core.outgoing.errors import AnswerTooLarge, TimedOut, Unreachable

KEPT_FOR = 15.0  # seconds; servers commonly close what is idle for longer


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds: for making one connection, and for the whole call with its retries until the answer is read."""

    connect: float = 3.0
    total: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the other server said; whatever the status. `content` is cut off where `is_truncated`."""

    status: int
    headers: httpx.Headers
    content: bytes
    is_truncated: bool
    milliseconds: int

    @property
    def retry_after(self) -> float | None:
        """The seconds that the server asks us to wait; None if it doesn't."""
        given = self.headers.get("Retry-After", "").strip()
        if given.isdecimal():
            return float(given)
        try:
            return max((parsedate_to_datetime(given) - clock.now()).total_seconds(), 0.0)
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent, and how long the answer may be."""

    method: str
    headers: Mapping[str, str]
    content: bytes
    most: int
    truncate: bool


def exchange(message: Message, place: Place, *, connect: float) -> Answer:
    """Send a message and return the answer.

    :raises Unreachable: if there is no connection, or it breaks off
    :raises TimedOut: if the answer is not complete in time
    :raises AnswerTooLarge: if it is longer than `message.most`, and not to be truncated
    """
    started = time.monotonic()
    token = connection.pinned.set(place.addresses)
    try:
        answer, content, is_truncated = _exchange(message, place, connect)
    except httpcore.TimeoutException as error:
        raise TimedOut(_reason(error)) from error
    except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
        raise Unreachable(_reason(error)) from error
    finally:
        connection.pinned.reset(token)
    return Answer(
        status=answer.status,
        headers=httpx.Headers(answer.headers),
        content=content,
        is_truncated=is_truncated,
        milliseconds=ceil((time.monotonic() - started) * 1000),
    )


def _exchange(message: Message, place: Place, connect: float) -> tuple[httpcore.Response, bytes, bool]:
    url = httpcore.URL(scheme=place.scheme, host=place.host, port=place.port, target=place.target)
    # A checked address is good for one connection only: a kept one would be shared with the next check.
    with _new_pool(kept=0) if place.addresses else nullcontext(_shared_pool()) as pool:
        call = pool.stream(
            message.method,
            url,
            headers=[("Host", place.authority), *message.headers.items()],
            content=message.content,
            extensions={"timeout": {"connect": connect}},
        )
        with call as answer:
            return answer, *_read(answer, message)


def _read(answer: httpcore.Response, message: Message) -> tuple[bytes, bool]:
    content = bytearray()
    for chunk in answer.iter_stream():
        content += chunk
        if len(content) > message.most:
            if not message.truncate:
                raise AnswerTooLarge(f"more than {message.most} bytes")
            return bytes(content[: message.most]), True
    return bytes(content), False


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _new_pool(*, kept: int) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=_tls(),
        max_connections=None,  # bulkheads limit them
        max_keepalive_connections=kept,
        keepalive_expiry=KEPT_FOR,
        network_backend=connection.Network(),
    )


@cache
def _shared_pool() -> httpcore.ConnectionPool:
    return _new_pool(kept=20)


# A connection that parent and child both speak on mixes their answers up.
os.register_at_fork(after_in_child=_shared_pool.cache_clear)


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context()
