"""Payments that go back: refunds that staff make at Stripe, and disputes that a customer's bank opens.

They change no plan. Staff read of them in the account's history, and the workspace in its audit log. Of a new dispute
staff get a mail; while it needs an answer, it stands on the back office's first page.
"""

from collections.abc import Iterable
from dataclasses import asdict
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import mail_admins
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.audit.interface import Values, audit
from apps.billing.models import BillingAccount, Dispute
from apps.billing.providers.stripe import gateway
from apps.billing.services.effects import once
from apps.core import scope
from apps.core.money import formatted
from apps.jobs.interface import jobs
from apps.tenancy.interface import tenancy

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


def dispute_mail(*, dispute_id: UUID) -> None:
    """Mail those who run the site (`ADMINS`) that a payment of the workspace in scope is disputed.

    :raises OSError, AnymailError: if the mail server does not take it
    """
    dispute = Dispute.objects.get(tenant_id=scope.tenant_id(), id=dispute_id)
    amount = formatted(dispute.amount, dispute.currency)
    workspace = tenancy().get_workspace(tenant_id=dispute.tenant_id)
    page = reverse("admin:billing_dispute_change", args=[dispute.id], query={"tenant_id": dispute.tenant_id})
    said = [
        _("%(workspace)s: the bank wants a payment of %(amount)s back (%(reason)s).")
        % {"workspace": workspace.name, "amount": amount, "reason": dispute.reason}
    ]
    if dispute.needs_answer and dispute.answer_due_at:
        day = date_format(dispute.answer_due_at, "DATETIME_FORMAT")
        said.append(_("Answer at Stripe until %(day)s (UTC), or it is lost.") % {"day": day})
    subject = _("A payment of %(amount)s is disputed") % {"amount": amount}
    mail_admins(subject, "\n\n".join([*said, settings.BASE_URL + page]))


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
    known = Dispute.objects.filter(tenant_id=scope.tenant_id(), stripe_id=dispute_id).first()
    row, is_new = Dispute.objects.update_or_create(
        tenant_id=scope.tenant_id(),
        stripe_id=dispute_id,
        defaults={"account": _account(), **asdict(dispute)},
    )
    if is_new and not dispute.is_over:
        jobs().enqueue(task="billing.mail_dispute", arguments={"dispute_id": str(row.id)})
    if known is None or known.is_over != dispute.is_over:
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
