"""Payments that go back: refunds that staff make at Stripe, and disputes that a customer's bank opens.

They change no plan. Staff read of them in the account's history, and the workspace in its audit log.
"""

from collections.abc import Iterable

import structlog

from apps.audit.interface import Values, audit
from apps.billing.models import BillingAccount
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
    stage = dispute.status if dispute.is_over else "open"
    if once("dispute", f"{dispute_id}-{stage}"):
        log.warning("billing.dispute", dispute_id=dispute_id, status=dispute.status)
        said = {"amount": formatted(dispute.amount, dispute.currency)}
        if dispute.is_over:
            _record("billing.dispute_closed", said | {"outcome": dispute.status})
        else:
            _record("billing.payment_disputed", said | {"reason": dispute.reason})


def _record(action: str, after: Values) -> None:
    account = BillingAccount.objects.get(tenant_id=scope.tenant_id())
    audit().record(action=action, target_type="billing_account", target_id=account.id, after=after)
