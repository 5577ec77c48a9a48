"""Payments that go back: refunds that staff make at Stripe, and disputes that a customer's bank opens.

They change no plan. Staff read of them in the account's history, and the workspace in its audit log. A dispute that
needs an answer stands on the back office's first page.
"""

from collections.abc import Iterable
from dataclasses import asdict

import structlog

from apps.audit.interface import Values, audit
from apps.billing.models import BillingAccount, Dispute
from apps.billing.providers.stripe import gateway
from apps.billing.services.effects import once
from apps.core import scope
from apps.core.money import formatted

DISPUTES = ("charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed")

log = structlog.get_logger()


def reversals_note(news: Iterable[tuple[str, str]]) -> None:
    """Write down what went back of the workspace in scope, each step once, under its account's lock.

    :param news: types of events, and the ids of what they are about
    :raises ProviderUnavailable: if Stripe can't say more
    """
    for kind, object_id in news:
        if kind == "charge.refunded":
            _note_refund(object_id)
        elif kind in DISPUTES:
            _note_dispute(object_id)


def _note_refund(charge_id: str) -> None:
    charge = gateway().get_charge(charge_id=charge_id)
    if charge.refunded and once("refund", f"{charge_id}-{charge.refunded}"):
        amounts = {
            "refunded": formatted(charge.refunded, charge.currency),
            "paid": formatted(charge.amount, charge.currency),
        }
        _record("billing.payment_refunded", amounts)


def _note_dispute(dispute_id: str) -> None:
    dispute = gateway().get_dispute(dispute_id=dispute_id)
    was_over = Dispute.objects.filter(tenant_id=scope.tenant_id(), stripe_id=dispute_id).values_list(
        "is_over"
    )
    is_news = list(was_over) != [(dispute.is_over,)]
    Dispute.objects.update_or_create(
        tenant_id=scope.tenant_id(),
        stripe_id=dispute_id,
        defaults={"account": _account(), **asdict(dispute)},
    )
    if is_news:
        log.warning("billing.dispute", dispute_id=dispute_id, status=dispute.status)
        said = {"amount": formatted(dispute.amount, dispute.currency)}
        if dispute.is_over:
            _record("billing.dispute_closed", said | {"outcome": dispute.status})
        else:
            _record("billing.payment_disputed", said | {"reason": dispute.reason})


def _record(action: str, after: Values) -> None:
    audit().record(action=action, target_type="billing_account", target_id=_account().id, after=after)


def _account() -> BillingAccount:
    return BillingAccount.objects.get(tenant_id=scope.tenant_id())
