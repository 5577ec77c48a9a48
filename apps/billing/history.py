"""What happened to a billing account, from everything that tells of it: for staff who are asked why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.audit.interface import Filters, LogUnavailable, audit
from apps.billing.models import BillingAccount, Invoice, Subscription, WebhookEvent
from apps.core import scope
from apps.core.money import formatted

NEWEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened. `failed_event` is one that staff may have brought in again."""

    at: datetime
    kind: Any
    text: str
    url: str = ""
    failed_event: WebhookEvent | None = None


def history_of(account: BillingAccount) -> list[Happening]:
    """Return what happened last, the newest first."""
    found = [*_events(account), *_acts(account), *_invoices(account), *_subscriptions(account)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:NEWEST]


def _events(account: BillingAccount) -> Iterator[Happening]:
    if not account.stripe_customer_id:
        return
    events = WebhookEvent.objects.filter(customer_id=account.stripe_customer_id).order_by("-received_at")
    for event in events[:NEWEST]:
        failed = event.state in (WebhookEvent.State.FAILED, WebhookEvent.State.PARKED)
        said = " ".join(filter(None, [event.type, event.get_state_display(), event.error]))
        yield Happening(
            at=event.received_at,
            kind=_("Event"),
            text=f"{said} ({event.event_id})",
            failed_event=event if failed else None,
        )


def _acts(account: BillingAccount) -> Iterator[Happening]:
    """Tell what the audit log says; nothing while it can't be reached."""
    with scope.use(tenant_id=account.tenant_id):
        try:
            page = audit().list_all_entries(filters=Filters(target_id=account.id), page_size=NEWEST)
        except LogUnavailable:
            return
    for entry in page.entries:
        if not entry.action.startswith("backoffice.viewed"):
            yield Happening(at=entry.occurred_at, kind=_("Change"), text=entry.sentence)


def _invoices(account: BillingAccount) -> Iterator[Happening]:
    for invoice in Invoice.objects.filter(tenant_id=account.tenant_id).order_by("-issued_at")[:NEWEST]:
        amount = formatted(invoice.total, invoice.currency)
        yield Happening(
            at=invoice.issued_at,
            kind=_("Invoice"),
            text=f"{invoice} {amount} {invoice.status}",
            url=invoice.url,
        )


def _subscriptions(account: BillingAccount) -> Iterator[Happening]:
    for one in Subscription.objects.filter(tenant_id=account.tenant_id):
        named = f"{one.stripe_id} {one.lookup_key} × {one.quantity}"
        yield Happening(
            at=one.started_at, kind=_("Subscription"), text=_("%(name)s began.") % {"name": named}
        )
        if one.ended_at:
            yield Happening(
                at=one.ended_at, kind=_("Subscription"), text=_("%(name)s ended.") % {"name": named}
            )
