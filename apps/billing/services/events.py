"""Webhooks: noted at once, and worked off by tasks.

An event is done when what it led to was written, in that same transaction. So it does not matter how often, in which
order or how late it comes, or when a worker dies.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import OperationalError, transaction

from apps.billing.models import BillingAccount, WebhookEvent
from apps.billing.providers.stripe import gateway
from apps.billing.providers.values import EventNotice
from apps.billing.services.reversals import reversals_note
from apps.billing.services.sync import sync_account
from apps.billing.services.usage_doubts import METER_REPORTS, usage_refused
from apps.core import clock, scope
from apps.core.failures import describe
from apps.jobs.interface import jobs

State = WebhookEvent.State
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=5)
OVERDUE = timedelta(minutes=5)
BATCH = 500
OPEN = (State.RECEIVED, State.FAILED)  # what is worked off by itself
GIVEN_UP = (State.FAILED, State.PARKED)  # what staff may decide about; the first is still tried by itself

#: Objects that belong to a customer. News of others, such as prices, concern no account.
OF_CUSTOMERS = {
    "charge",
    "checkout.session",
    "customer",
    "dispute",
    "invoice",
    "payment_method",
    "subscription",
}

log = structlog.get_logger()


class AccountUnknown(Exception):
    """No workspace has this customer, or not yet."""


def event_receive(*, notice: EventNotice) -> None:
    """Note an event and have it worked off. One that is done stays done; one that failed is begun again."""
    concerns_us = notice.object_type in OF_CUSTOMERS or notice.type in METER_REPORTS
    ignored = notice.livemode != gateway().livemode or not concerns_us
    row = WebhookEvent(
        event_id=notice.event_id,
        type=notice.type,
        object_type=notice.object_type,
        object_id=notice.object_id,
        customer_id=notice.customer_id,
        livemode=notice.livemode,
        state=State.IGNORED if ignored else State.RECEIVED,
    )
    with scope.as_role("platform"), transaction.atomic():
        WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
        if not ignored:
            again = WebhookEvent.objects.filter(event_id=row.event_id, state__in=[State.FAILED, State.PARKED])
            again.update(state=State.RECEIVED, attempts=0, due_at=clock.now())
            _enqueue(row.event_id)


def event_process(*, event_id: str) -> None:
    """Bring in what an event is about. A failure is noted, and tried again later; in the end it waits for staff."""
    try:
        _process(event_id)
    except OperationalError:  # nothing can be noted; the task's lease runs out
        raise
    except Exception as error:
        log.error("billing.event_failed", event_id=event_id, exc_info=error)
        _note_failure(event_id, error)


def events_sweep() -> int:
    """Have events worked off again whose task was lost; return how many."""
    with scope.as_role("platform"), transaction.atomic():
        late = WebhookEvent.objects.filter(state__in=OPEN, due_at__lt=clock.now() - OVERDUE)
        found = list(late.order_by("due_at").values_list("event_id", flat=True)[:BATCH])
        for event_id in found:
            _enqueue(event_id)
    return len(found)


def events_replay(ids: Iterable[UUID]) -> int:
    """Begin failed events again, from the first try on; return how many there were."""
    with scope.as_role("platform"), transaction.atomic():
        rows = WebhookEvent.objects.select_for_update().filter(id__in=list(ids), state__in=GIVEN_UP)
        found = list(rows.values_list("event_id", flat=True))
        rows.update(state=State.RECEIVED, attempts=0, due_at=clock.now())
        for event_id in found:
            _enqueue(event_id)
    return len(found)


def events_discard(ids: Iterable[UUID]) -> int:
    """Give failed events up; return how many there were."""
    with scope.as_role("platform"), transaction.atomic():
        rows = WebhookEvent.objects.filter(id__in=list(ids), state__in=GIVEN_UP)
        return rows.update(state=State.IGNORED, processed_at=clock.now())


def _process(event_id: str) -> None:
    with scope.as_role("platform"):
        event = WebhookEvent.objects.get(event_id=event_id)
    if event.state not in OPEN:
        return
    if event.type in METER_REPORTS:
        _park(event_id, usage_refused(event_id=event_id))
        return
    customer_id = event.customer_id or gateway().customer_of(
        object_type=event.object_type, object_id=event.object_id
    )
    if not customer_id:  # such as a card that was removed
        _ignore(event_id)
        return
    with scope.as_role("platform"):
        account = BillingAccount.objects.filter(stripe_customer_id=customer_id).first()
    if account is None:
        raise AccountUnknown
    sync_account(
        tenant_id=account.tenant_id,
        because=f"event {event.event_id} ({event.type})",
        claim=lambda: _claim(event_id, customer_id),
    )


def _park(event_id: str, why: str) -> None:
    """Leave an event to staff."""
    with scope.as_role("platform"), transaction.atomic():
        mine = WebhookEvent.objects.filter(event_id=event_id)
        mine.update(state=State.PARKED, error=why[:500], processed_at=clock.now())


def _ignore(event_id: str) -> None:
    with scope.as_role("platform"), transaction.atomic():
        mine = WebhookEvent.objects.filter(event_id=event_id).exclude(state=State.DONE)
        mine.update(state=State.IGNORED, error="", processed_at=clock.now())


def _claim(event_id: str, customer_id: str) -> bool:
    """Mark an event as done, in the transaction of its effect, unless it is.

    So are others that wait with news of the customer: Stripe is asked after they came, so the answer holds theirs.
    """
    with scope.as_role("platform"):
        if WebhookEvent.objects.select_for_update().get(event_id=event_id).state == State.DONE:
            return False
        waiting = WebhookEvent.objects.filter(customer_id=customer_id, state__in=OPEN)
        others = waiting.select_for_update(skip_locked=True).values_list("event_id", flat=True)
        claimed = WebhookEvent.objects.filter(event_id__in=[event_id, *others])
        done = list(claimed.values_list("type", "object_id"))
        claimed.update(state=State.DONE, error="", processed_at=clock.now(), customer_id=customer_id)
    reversals_note(done)
    return True


def _note_failure(event_id: str, error: Exception) -> None:
    with scope.as_role("platform"), transaction.atomic():
        event = WebhookEvent.objects.select_for_update().get(event_id=event_id)
        if event.state == State.DONE:  # by another worker
            return
        event.attempts += 1
        event.error = describe(error)[:500]
        event.state = State.PARKED if event.attempts >= MOST_ATTEMPTS else State.FAILED
        event.due_at = clock.now() + FIRST_WAIT * 4 ** min(event.attempts - 1, 5)
        event.save(update_fields=["attempts", "error", "state", "due_at"])
        if event.state == State.FAILED:
            _enqueue(event_id, run_at=event.due_at)


def _enqueue(event_id: str, *, run_at: datetime | None = None) -> None:
    # One that waits for its time must not keep out one that Stripe asks for at once.
    unique = event_id if run_at is None else ""
    jobs().enqueue(
        task="billing.process_event", arguments={"event_id": event_id}, run_at=run_at, unique=unique
    )
