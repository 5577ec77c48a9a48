"""Usage: counted in the caller's transaction, sent to the payment provider afterwards.

The provider counts it once, under the row's id and its first try. It remembers that for a day; whatever could not be
sent for longer, so that nobody knows whether it was counted, waits for staff. Before it is sent again, the provider is
asked.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from apps.billing.metering import present_period
from apps.billing.models import BillingAccount, UsageEvent
from apps.billing.providers.base import ProviderUnavailable
from apps.billing.providers.stripe import gateway
from apps.billing.services.usage_doubts import was_counted
from apps.core import clock, scope
from apps.core.db.walls import demand_transaction
from apps.core.errors import Unavailable
from apps.core.failures import describe
from apps.entitlements.interface import LimitReached, entitlements, meter
from apps.jobs.interface import jobs

State = UsageEvent.State
GATHERED_FOR = timedelta(seconds=10)
BATCH, AT_ONCE = 200, 8
OLDEST = timedelta(days=35)  # the provider takes nothing that is older
REMEMBERED_FOR = timedelta(hours=23)  # after this it may count the same a second time
LATEST_AHEAD = timedelta(minutes=5)
UNCERTAIN = "It may be counted already: the payment provider's sum of that minute tells neither."
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)

log = structlog.get_logger()


def usage_record(
    *, tenant_id: UUID, meter: str, quantity: int, identifier: str, at: datetime | None = None
) -> None:
    """Count usage; see `Usage.record`."""
    demand_transaction("Recording usage")
    occurred_at = at or clock.now()
    if quantity < 1 or occurred_at > clock.now() + LATEST_AHEAD:
        raise ValueError("Usage is at least 1, and was not in the future.")
    same = UsageEvent.objects.filter(tenant_id=tenant_id, meter=meter, identifier=identifier)
    if same.exists():
        return
    try:
        _make_room(tenant_id, meter, quantity, occurred_at)
    except LimitReached:
        if same.exists():  # recorded while this waited for the lock
            return
        raise
    row = UsageEvent(
        tenant_id=tenant_id, meter=meter, quantity=quantity, identifier=identifier, occurred_at=occurred_at
    )
    UsageEvent.objects.bulk_create([row], ignore_conflicts=True)
    _send_soon(tenant_id)


def usage_send() -> None:
    """Send what waits of the tenant in scope, several at once."""
    taken, customer_id = _take()
    rows = [row for row in taken if _is_to_be_sent(row, customer_id)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda row: _send(row, customer_id), rows))
    with transaction.atomic():
        for row, failure in zip(rows, outcomes, strict=True):
            _note(row, failure)
    if len(taken) == BATCH:
        jobs().enqueue(task="billing.send_usage", arguments={})


def usage_sweep() -> int:
    """Have usage sent whose task was lost or which is to be tried again; return of how many tenants."""
    overdue = UsageEvent.objects.filter(state=State.WAITING, due_at__lt=clock.now() - GATHERED_FOR)
    with scope.as_role("platform"), transaction.atomic():
        tenants = list(overdue.values_list("tenant_id", flat=True).distinct()[:BATCH])
    for tenant_id in tenants:
        with scope.use(role="app", tenant_id=tenant_id), transaction.atomic():
            _send_soon(tenant_id)
    return len(tenants)


def usage_replay(ids: Iterable[UUID]) -> int:
    """Send parked usage again, unless the provider turns out to have counted it; return how much there was."""
    with scope.as_role("platform"), transaction.atomic():
        parked = UsageEvent.objects.select_for_update().filter(id__in=list(ids), state=State.PARKED)
        tenants = dict(parked.values_list("id", "tenant_id"))
        UsageEvent.objects.filter(id__in=tenants).update(state=State.WAITING, tries=0, due_at=clock.now())
    for tenant_id in set(tenants.values()):
        with scope.use(role="app", tenant_id=tenant_id), transaction.atomic():
            _send_soon(tenant_id)
    return len(tenants)


def usage_discard(ids: Iterable[UUID]) -> int:
    """Give parked usage up: it is not charged; return how much there was."""
    with scope.as_role("platform"), transaction.atomic():
        parked = UsageEvent.objects.filter(id__in=list(ids), state=State.PARKED)
        return parked.update(state=State.DISCARDED)


def _make_room(tenant_id: UUID, name: str, quantity: int, occurred_at: datetime) -> None:
    """Claim usage of the present month. What is told of a former one was used, whatever holds now."""
    limit = meter(name).limit
    if occurred_at >= present_period(tenant_id).start:
        entitlements().claim(tenant_id=tenant_id, limit=limit, amount=quantity)


def _send_soon(tenant_id: UUID) -> None:
    jobs().enqueue(
        task="billing.send_usage",
        arguments={},
        run_at=clock.now() + GATHERED_FOR,
        unique=str(tenant_id),
    )


@transaction.atomic
def _take() -> tuple[list[UsageEvent], str]:
    """Return what is to be sent and whose it is. Who dies before noting the outcome leaves it to be tried again."""
    now, tenant_id = clock.now(), scope.tenant_id()
    waiting = UsageEvent.objects.filter(tenant_id=tenant_id, state=State.WAITING)
    account = BillingAccount.objects.filter(tenant_id=tenant_id).first()
    if not settings.STRIPE_SECRET_KEY or account is None or not account.stripe_customer_id:
        waiting.update(state=State.KEPT)
        return [], ""
    waiting.filter(occurred_at__lt=now - OLDEST).update(
        state=State.PARKED, error="It is older than the payment provider takes."
    )
    due = waiting.select_for_update(skip_locked=True).filter(due_at__lte=now).order_by("occurred_at", "id")
    rows = list(due[:BATCH])
    for row in rows:
        row.tries += 1
        row.first_tried_at = row.first_tried_at or now
        row.due_at = now + min(FIRST_WAIT * 2 ** min(row.tries - 1, 10), LONGEST_WAIT)
    UsageEvent.objects.bulk_update(rows, ["tries", "first_tried_at", "due_at"])
    return rows, account.stripe_customer_id


def _is_to_be_sent(row: UsageEvent, customer_id: str) -> bool:
    """Tell whether a row is to be sent: of an old one the provider may have forgotten that it has counted it."""
    if not _may_be_forgotten(row):
        return True
    try:
        counted = was_counted(row, customer_id)
    except Unavailable as error:
        _update(row, state=State.PARKED, error=describe(error)[:500])
        return False
    if counted is None:
        _update(row, state=State.PARKED, error=UNCERTAIN)
    elif counted:
        _update(row, state=State.SENT, error="")
    else:
        row.first_tried_at = clock.now()
        _update(row, first_tried_at=row.first_tried_at)
    return counted is False


def _send(row: UsageEvent, customer_id: str) -> Exception | None:
    """Send one; return what went wrong.

    The provider knows it by the row and its first try: whoever begins anew is sure that it was not counted.
    """
    assert row.first_tried_at
    try:
        gateway().record_usage(
            customer_id=customer_id,
            meter=row.meter,
            quantity=row.quantity,
            identifier=f"{row.id}-{row.first_tried_at:%Y%m%d%H%M%S%f}",
            at=row.occurred_at,
        )
    except Exception as error:
        log.warning("billing.usage_not_sent", usage_id=str(row.id), exc_info=error)
        return error
    return None


def _note(row: UsageEvent, failure: Exception | None) -> None:
    """Note how sending went."""
    if failure is None:
        _update(row, state=State.SENT, error="")
        return
    is_lost = not isinstance(failure, ProviderUnavailable) or _may_be_forgotten(row)
    _update(row, state=State.PARKED if is_lost else State.WAITING, error=describe(failure)[:500])


@transaction.atomic
def _update(row: UsageEvent, **values: Any) -> None:
    """Note something of a row, unless another worker noted its outcome, or staff decided, meanwhile."""
    UsageEvent.objects.filter(tenant_id=row.tenant_id, id=row.id, state=State.WAITING).update(**values)


def _may_be_forgotten(row: UsageEvent) -> bool:
    return row.first_tried_at is not None and row.due_at > row.first_tried_at + REMEMBERED_FOR
