"""A call: one or several exchanges inside its time, with what keeps a failure from spreading around them."""

from collections.abc import Mapping

import structlog

from apps.core import scope
from apps.core.outgoing import addresses, bulkhead, circuit, deadline, retrying
from apps.core.outgoing.errors import AnswerTooLarge, OutgoingFailed
from apps.core.outgoing.exchange import Answer, Message, Timeout, exchange

log = structlog.get_logger(__name__)


def request(
    method: str,
    url: str,
    *,
    destination: str,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    timeout: Timeout = Timeout(),  # noqa: B008 - it is frozen
    retries: int = 0,
    untrusted: bool = False,
    max_response: int = 64 * 1024,
    truncate: bool = False,
) -> Answer:
    """Call another server and return its answer, whatever its status.

    :param destination: a name for what shares one circuit, one budget of retries and a few places per process
    :param retries: how often to try again after a failure or a 429, 502, 503 or 504, while time and budget last. Only
        for what may be repeated: safe methods, PUT, DELETE, and calls with an `Idempotency-Key`
    :param untrusted: for an address that a customer typed: only the public internet is called, and told nothing of ours
    :param max_response: bytes of the answer's content to read
    :param truncate: cut a longer answer off, instead of failing
    :raises OutgoingFailed: if there is no answer: `Unreachable`, `TimedOut`, `AnswerTooLarge`, `CircuitOpen` or
        `Saturated`
    :raises AddressRefused: if we don't call the address
    """
    message = Message(
        method=method.upper(),
        headers={"Accept-Encoding": "identity"} | ({} if untrusted else _trace()) | dict(headers or {}),
        content=content,
        most=max_response,
        truncate=truncate,
    )
    if retries and not retrying.may_be_repeated(message):
        raise ValueError(f"{method} is not repeated without an Idempotency-Key.")

    parsed = addresses.parse(url)
    # Without the path: addresses of webhooks carry secrets in it.
    told = {"destination": destination, "method": message.method, "host": parsed.host}

    def attempt() -> Answer:
        with circuit.calling(destination, at_most=timeout.total) as call:
            try:
                place = addresses.check(url) if untrusted else addresses.place(parsed, ())
                answer = exchange(message, place, connect=timeout.connect)
            except OutgoingFailed as error:
                call.is_well = isinstance(error, AnswerTooLarge)
                log.warning("outgoing.failed", code=error.code, reason=error.reason, **told)
                raise
            call.is_well = answer.status < 500
            log.info("outgoing.answered", status=answer.status, milliseconds=answer.milliseconds, **told)
            return answer

    with bulkhead.place(destination), deadline.within(timeout.total):
        return retrying.call(attempt, retries=retries, destination=destination)


def _trace() -> dict[str, str]:
    """Return the headers by which the other server's logs lead back to the request of now."""
    now = scope.current()
    return {
        name: value for name, value in (("X-Request-ID", now.request_id), ("traceparent", now.trace)) if value
    }
