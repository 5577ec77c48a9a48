"""The one way in which state enters: lock the account, then ask Stripe, then write what it says.

Whoever asks before locking can write an older answer over a newer one.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.billing.metering import version_of
from apps.billing.models import TERMINAL, BillingAccount, CheckoutAttempt, Invoice, Subscription
from apps.billing.providers.stripe import gateway
from apps.billing.providers.values import AccountState, InvoiceState, SubscriptionState
from apps.billing.services import effects
from apps.core import answers, clock, placement, scope

BEST_FIRST = ("active", "trialing", "past_due", "unpaid", "paused", "incomplete")


def sync_account(*, tenant_id: UUID, because: str = "", claim: Callable[[], bool] = lambda: True) -> bool:
    """Write down what Stripe has of a workspace now; return whether it was needed.

    :param because: what makes us ask, for staff who wonder what decided about a plan: “event evt_1 (invoice.paid)”
    :param claim: called under the account's lock, before Stripe is asked; if it returns False, nothing is done
    :raises ProviderUnavailable: if Stripe can't say
    """
    with scope.use(role="app", tenant_id=tenant_id, cell=placement.cell_of(tenant_id)), transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(tenant_id=tenant_id)
        if not claim():
            return False
        if account.stripe_customer_id:
            _write(account, gateway().get_account(customer_id=account.stripe_customer_id), because)
    return True


def _write(account: BillingAccount, state: AccountState, because: str) -> None:
    # As of then: an end that came since is news, though the copy knew that it would come.
    before = effects.summary(account, at=account.synced_at or clock.now())
    current = _current(state.subscriptions)
    answers.changing(version_of(account.tenant_id))
    # First the former one steps back: there is one current subscription at most.
    Subscription.objects.filter(tenant_id=account.tenant_id, is_current=True).update(is_current=False)
    for subscription in state.subscriptions:
        _write_subscription(account, subscription, state.invoices, is_current=subscription is current)
    _end_vanished(account, state)
    for invoice in state.invoices:
        _write_invoice(account, invoice)
    account.delinquent_since = _delinquent_since(current, state.invoices)
    account.payment_method = state.payment_method[:64]
    account.synced_at = clock.now()
    account.save(update_fields=["delinquent_since", "payment_method", "synced_at"])
    if current and current.status != "incomplete":
        open_ones = CheckoutAttempt.objects.filter(
            tenant_id=account.tenant_id, state=CheckoutAttempt.State.OPEN
        )
        open_ones.update(state=CheckoutAttempt.State.COMPLETE)
    effects.tell(account, before=before, after=effects.summary(account, at=clock.now()), because=because)


def _current(found: tuple[SubscriptionState, ...]) -> SubscriptionState | None:
    """Return the subscription that decides about access: of the living, the best, and of equals the oldest.

    One to a plan of ours comes before what was sold by hand.
    """
    living = [one for one in found if one.status not in TERMINAL]
    return min(living, key=lambda one: (not one.plan, _rank(one), one.started_at, one.id), default=None)


def _rank(one: SubscriptionState) -> int:
    return BEST_FIRST.index(one.status) if one.status in BEST_FIRST else len(BEST_FIRST)


def _write_subscription(
    account: BillingAccount,
    state: SubscriptionState,
    invoices: tuple[InvoiceState, ...],
    *,
    is_current: bool,
) -> None:
    names = (
        "status plan lookup_key item_id quantity unit_amount interval currency period_start period_end trial_end"
        " cancel_at ended_at started_at collection_paused"
    )
    values: dict[str, Any] = {name: getattr(state, name) for name in names.split()}
    values |= {
        "account": account,
        "is_current": is_current,
        "awaits_first_payment": _awaits_first_payment(state, invoices),
    }
    Subscription.objects.update_or_create(tenant_id=account.tenant_id, stripe_id=state.id, defaults=values)


def _write_invoice(account: BillingAccount, state: InvoiceState) -> None:
    names = (
        "number status billing_reason currency total amount_paid amount_remaining attempts next_attempt_at"
        " url issued_at"
    )
    values: dict[str, Any] = {name: getattr(state, name) for name in names.split()}
    values |= {"account": account, "subscription_stripe_id": state.subscription_id}
    Invoice.objects.update_or_create(tenant_id=account.tenant_id, stripe_id=state.id, defaults=values)


def _end_vanished(account: BillingAccount, state: AccountState) -> None:
    """End what Stripe no longer has: with the customer, its subscriptions were deleted."""
    known = [one.id for one in state.subscriptions]
    vanished = Subscription.objects.filter(tenant_id=account.tenant_id).exclude(stripe_id__in=known)
    vanished.exclude(status__in=TERMINAL).update(status="canceled", ended_at=clock.now())


def _awaits_first_payment(state: SubscriptionState, invoices: tuple[InvoiceState, ...]) -> bool:
    """Tell whether the first invoice is still unpaid, as with slow ways of paying. Who pays by invoice is trusted."""
    return state.collection_method != "send_invoice" and any(
        one.billing_reason == "subscription_create" and one.status == "open" and one.amount_remaining > 0
        for one in invoices
        if one.subscription_id == state.id
    )


def _delinquent_since(
    current: SubscriptionState | None, invoices: tuple[InvoiceState, ...]
) -> datetime | None:
    """Return since when a payment is missing: Stripe's time, so that late webhooks lengthen no grace."""
    if current is None or current.status != "past_due":
        return None
    unpaid = [one.issued_at for one in invoices if one.subscription_id == current.id and one.status == "open"]
    return min(unpaid, default=current.period_start)
