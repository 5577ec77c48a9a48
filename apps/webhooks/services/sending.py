"""One try of a delivery, and what follows from how it went."""

import random
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, outgoing, scope
from apps.events.interface import publish
from apps.webhooks.events import EndpointDisabled
from apps.webhooks.models import TEST, Attempt, Delivery, Endpoint
from apps.webhooks.services import signing
from apps.webhooks.services.messages import wait

TIMEOUT = outgoing.Timeout(connect=5.0, total=15.0)
LARGEST_ANSWER = 16 * 1024  # bytes that are kept
GONE = 410

# Between the tries; about three days in all.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
FAILING_TOO_LONG = timedelta(days=2)
SHORTEST_WAIT = 1.0  # seconds, for a server that can't be called just now

log = structlog.get_logger(__name__)
_random = random.SystemRandom()


def delivery_try(*, delivery_id: UUID, ticket: int) -> None:
    """Send a delivery of the tenant in scope, unless it was replayed or ended since the ticket was given out.

    A server may get a message twice: if the process ends between the answer and the note of it.
    """
    waiting = Delivery.objects.filter(tenant_id=scope.tenant_id(), state=Delivery.State.PENDING)
    found = waiting.select_related("endpoint", "message").filter(id=delivery_id, ticket=ticket)
    delivery = found.first()
    if delivery is None:
        return
    attempt, asked_wait = _send(delivery) if delivery.endpoint.is_enabled else (None, timedelta())
    with transaction.atomic():
        if found.select_for_update(of=("self",)).first():
            _note(delivery, attempt, asked_wait)


def wait_before(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries, more or less by a tenth; None after the last."""
    return WAITS[tries - 1] * _random.uniform(0.9, 1.1) if tries <= len(WAITS) else None


def _send(delivery: Delivery) -> tuple[Attempt | None, timedelta]:
    """Try once; return what to keep of it, nothing if nothing was sent, and how long we are asked to wait."""
    attempt = Attempt(delivery=delivery, url=delivery.endpoint.url)
    try:
        answer = _post(delivery, attempt)
    except (outgoing.CircuitOpen, outgoing.Saturated) as error:
        return None, timedelta(seconds=max(getattr(error, "retry_after", 0.0), SHORTEST_WAIT))
    except (outgoing.OutgoingFailed, outgoing.AddressRefused) as error:
        return _failed(attempt, str(error.message)), timedelta()
    except Exception as error:  # or the task would die, and the delivery wait for ever
        log.error("webhooks.try_failed", delivery_id=str(delivery.id), exc_info=error)
        return _failed(attempt, _("Something went wrong on our side.")), timedelta()
    attempt.status, attempt.milliseconds = answer.status, answer.milliseconds
    attempt.response_headers = {_storable(name): _storable(value) for name, value in answer.headers.items()}
    attempt.response_body = _storable(answer.content.decode(errors="replace"))
    attempt.is_truncated = answer.is_truncated
    return attempt, min(timedelta(seconds=min(answer.retry_after or 0, 86_400)), WAITS[-1])


def _post(delivery: Delivery, attempt: Attempt) -> outgoing.Answer:
    message, endpoint = delivery.message, delivery.endpoint
    attempt.request_headers = {
        "Content-Type": "application/json",
        "User-Agent": f"{settings.PRODUCT_SLUG}-Webhooks/1",  # headers are ASCII; the name need not be
        **signing.headers_of(message, endpoint, clock.now()),
    }
    return outgoing.request(
        "POST",
        endpoint.url,
        destination=f"webhook:{endpoint.id}",
        headers=attempt.request_headers,
        content=message.body.encode(),
        timeout=TIMEOUT,
        untrusted=True,
        max_response=LARGEST_ANSWER,
        truncate=True,
    )


def _failed(attempt: Attempt, reason: str) -> Attempt:
    attempt.error = _storable(reason)
    attempt.milliseconds = (clock.now() - attempt.created_at) // timedelta(milliseconds=1)
    return attempt


def _note(delivery: Delivery, attempt: Attempt | None, asked_wait: timedelta) -> None:
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(id=delivery.endpoint_id)
    if attempt is None and asked_wait:  # nothing was sent, so it is no try; not even the one of a test
        wait(delivery, until=clock.now() + asked_wait)
        return
    if attempt is None:  # turned off meanwhile
        _end(delivery, Delivery.State.FAILED)
        return
    attempt.save(force_insert=True)
    delivery.tries += 1
    if attempt.is_success:
        _end(delivery, Delivery.State.DELIVERED)
        _note_health(endpoint, failing_since=None)
        return
    _note_health(endpoint, failing_since=endpoint.failing_since or attempt.created_at)
    _try_later(delivery, endpoint, attempt, asked_wait)


def _try_later(delivery: Delivery, endpoint: Endpoint, attempt: Attempt, asked_wait: timedelta) -> None:
    pause = None if delivery.message.event == TEST else wait_before(delivery.tries)
    if attempt.status == GONE:
        _end(delivery, Delivery.State.FAILED)
        _disable(endpoint, Endpoint.Reason.GONE)
    elif pause:
        wait(delivery, until=clock.now() + max(pause, asked_wait))
    else:
        _end(delivery, Delivery.State.FAILED)
        since = endpoint.failing_since or clock.now()
        if delivery.message.event != TEST and clock.now() - since >= FAILING_TOO_LONG:
            _disable(endpoint, Endpoint.Reason.FAILING)


def _end(delivery: Delivery, state: str) -> None:
    delivery.state, delivery.due_at = state, None
    delivery.save()


def _note_health(endpoint: Endpoint, *, failing_since: datetime | None) -> None:
    if endpoint.failing_since != failing_since:
        endpoint.failing_since = failing_since
        endpoint.save(update_fields=["failing_since"])


def _disable(endpoint: Endpoint, reason: str) -> None:
    if not endpoint.is_enabled:
        return
    endpoint.disabled_at, endpoint.disabled_reason = clock.now(), reason
    endpoint.save(update_fields=["disabled_at", "disabled_reason"])
    with scope.use(actor=scope.SYSTEM):  # not whoever had it replayed
        audit().record(
            action="webhooks.endpoint_disabled",
            target_type="webhook_endpoint",
            target_id=endpoint.id,
            target_label=str(endpoint),
            after={"reason": reason},
        )
    publish(EndpointDisabled(endpoint_id=endpoint.id, reason=reason))


def _storable(text: str) -> str:
    """Return a text as the database takes it, and no longer than an answer may be."""
    return text.replace("\0", "\ufffd")[:LARGEST_ANSWER]
