"""Comparing what we believe with what Stripe says: its events each hour, every customer each night.

Both go through the one way in which state enters. What they find should be nothing, so all of it is reported.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from apps.billing import selectors
from apps.billing.models import (
    TERMINAL,
    BillingAccount,
    Drift,
    Invoice,
    ReconcileRun,
    Subscription,
    WebhookEvent,
)
from apps.billing.offers import is_per_seat
from apps.billing.providers.stripe import gateway
from apps.billing.services.events import event_receive
from apps.billing.services.seat_notes import seats_note
from apps.billing.services.sync import sync_account
from apps.core import clock, placement, scope
from apps.jobs.interface import jobs

FIRST_LOOK = timedelta(days=30)  # Stripe keeps events as long
OVERLAP = timedelta(hours=1)  # events become visible a little late
SETTLED = timedelta(minutes=5)  # younger ones may still be on their way to us
KEPT = timedelta(days=90)  # reports
BATCH = 500

OF_SUBSCRIPTIONS = ("status", "lookup_key", "quantity", "period_end", "cancel_at", "is_current")
OF_INVOICES = ("status", "amount_remaining")

log = structlog.get_logger()


def events_catch_up() -> int:
    """Note the events that no webhook told us of since the last time, and have them worked off; return how many.

    :raises ProviderUnavailable: if Stripe can't say; the next time starts where this one did
    """
    began = clock.now()
    with scope.as_role("platform"):
        before = ReconcileRun.objects.filter(kind=ReconcileRun.Kind.EVENTS).order_by("-started_at").first()
    since = before.started_at - OVERLAP if before else began - FIRST_LOOK
    listed = list(gateway().iter_events(since=since, until=began - SETTLED))
    known = _known([notice.event_id for notice in listed])
    missing = [notice for notice in listed if notice.event_id not in known]
    for notice in reversed(missing):  # the oldest first
        event_receive(notice=notice)
    with scope.as_role("platform"), transaction.atomic():
        ReconcileRun.objects.create(
            kind=ReconcileRun.Kind.EVENTS,
            started_at=began,
            finished_at=clock.now(),
            total=len(listed),
            checked=len(listed),
            found=len(missing),
        )
    if missing:
        log.warning("billing.events_missed", missed=len(missing), listed=len(listed))
    return len(missing)


def accounts_reconcile() -> UUID:
    """Have every customer compared, each by a task of its own; return the run's id."""
    with scope.as_role("platform"), transaction.atomic():
        ReconcileRun.objects.filter(started_at__lt=clock.now() - KEPT).delete()
        Drift.objects.filter(found_at__lt=clock.now() - KEPT).delete()
        tenants = BillingAccount.objects.exclude(stripe_customer_id=None).values_list("tenant_id", flat=True)
        run = ReconcileRun.objects.create(kind=ReconcileRun.Kind.ACCOUNTS, total=len(tenants))
        for tenant_id in tenants:
            jobs().enqueue(
                task="billing.reconcile_account",
                arguments={"run_id": str(run.id), "tenant_id": str(tenant_id)},
            )
    return run.id


def account_reconcile(*, run_id: UUID, tenant_id: UUID) -> bool:
    """Bring in a customer's state, and report if it was not what we believed; return whether it was.

    :raises ProviderUnavailable: if Stripe can't say
    """
    believed: dict[str, Any] = {}
    with scope.use(tenant_id=tenant_id, cell=placement.cell_of(tenant_id)), transaction.atomic():
        sync_account(
            tenant_id=tenant_id,
            because="nightly comparison",
            claim=lambda: bool(believed.update(_state())) or True,
        )
        differences = _differences(believed, _state())
        if differences:
            account = BillingAccount.objects.get(tenant_id=tenant_id)
            Drift.objects.create(account=account, differences=differences)
            log.warning("billing.drift", account=str(account.id), differences=differences)
        _note_seats(tenant_id)
        with scope.as_role("platform"):
            _count(run_id, found=bool(differences))
    return not differences


def _note_seats(tenant_id: UUID) -> None:
    """Have the members counted again where Stripe charges for another number."""
    current = selectors.current_subscription()
    if current and is_per_seat(current.lookup_key) and current.quantity != selectors.seats(tenant_id):
        seats_note()


def _known(event_ids: list[str]) -> set[str]:
    known: set[str] = set()
    with scope.as_role("platform"):
        for start in range(0, len(event_ids), BATCH):
            some = event_ids[start : start + BATCH]
            known.update(WebhookEvent.objects.filter(event_id__in=some).values_list("event_id", flat=True))
    return known


def _state() -> dict[str, Any]:
    """Return what we believe of the present workspace, each value under a name that staff understand."""
    found: dict[str, Any] = {}
    living = 0
    for subscription in Subscription.objects.filter(tenant_id=scope.tenant_id()):
        living += subscription.status not in TERMINAL
        for name in OF_SUBSCRIPTIONS:
            found[f"{subscription.stripe_id} {name}"] = getattr(subscription, name)
    for invoice in Invoice.objects.filter(tenant_id=scope.tenant_id()):
        for name in OF_INVOICES:
            found[f"{invoice.stripe_id} {name}"] = getattr(invoice, name)
    return found | {"living subscriptions": living}


def _differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[dict[str, str]]:
    """Return what changed, and more than one living subscription in any case."""
    twice = theirs["living subscriptions"] > 1
    return [
        {"what": what, "ours": _said(ours.get(what)), "theirs": _said(theirs.get(what))}
        for what in sorted(ours | theirs)
        if ours.get(what) != theirs.get(what) or (twice and what == "living subscriptions")
    ]


def _said(value: Any) -> str:
    return "" if value is None else str(value)


def _count(run_id: UUID, *, found: bool) -> None:
    ReconcileRun.objects.filter(id=run_id).update(checked=F("checked") + 1, found=F("found") + int(found))
    ReconcileRun.objects.filter(id=run_id, checked=F("total")).update(finished_at=clock.now())
