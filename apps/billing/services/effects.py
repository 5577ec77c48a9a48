"""What follows when an account is not as before: whom it concerns is told, in the same transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

from apps.audit.interface import Values, audit
from apps.billing.events import PaymentFailed, SubscriptionChanged, TrialEnding
from apps.billing.models import BillingAccount, BillingEffect, Invoice, Subscription
from apps.billing.offers import plan_name
from apps.billing.selectors import standing_of
from apps.billing.services.seat_notes import seats_note
from apps.core import clock, scope
from apps.entitlements.interface import PlanFacts, Standing, entitlements
from apps.events.interface import publish

TRIAL_WARNING = timedelta(days=3)
LONGEST_SOURCE = 300  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What people would call different about an account."""

    facts: PlanFacts
    cancel_at: datetime | None
    is_delinquent: bool
    is_paused: bool


def summary(account: BillingAccount, *, at: datetime) -> Summary:
    """Sum up an account as its rows are, for what they mean at a moment."""
    current = Subscription.objects.filter(tenant_id=account.tenant_id, is_current=True).first()
    return Summary(
        facts=standing_of(account, current, at=at),
        cancel_at=current.cancel_at if current else None,
        is_delinquent=account.delinquent_since is not None,
        is_paused=current.collection_paused if current else False,
    )


def tell(account: BillingAccount, *, before: Summary, after: Summary, because: str) -> None:
    """Write down what changed, and tell whom it concerns. Plans that staff gave stay, where nothing changed here.

    :param because: see `sync_account`
    """
    if before.facts != after.facts:
        source = ", ".join(filter(None, [after.facts.source, because]))[:LONGEST_SOURCE]
        entitlements().set_facts(tenant_id=account.tenant_id, facts=replace(after.facts, source=source))
    for action, former, present in _acts(before, after):
        audit().record(
            action=action,
            target_type="billing_account",
            target_id=account.id,
            before=former,
            after=present,
        )
    if (before.facts.plan, before.facts.standing) != (after.facts.plan, after.facts.standing):
        publish(
            SubscriptionChanged(
                account_id=account.id,
                former_plan=before.facts.plan,
                plan=after.facts.plan,
                standing=after.facts.standing.value,
            )
        )
    if after.facts.plan != before.facts.plan:
        seats_note()  # somebody may have joined while another was paying
    if current := Subscription.objects.filter(tenant_id=account.tenant_id, is_current=True).first():
        _warn_of_failure(account, current)
        _warn_of_trial_end(account, current)


def _warn_of_failure(account: BillingAccount, current: Subscription) -> None:
    """Tell of each attempt that failed, once. Who has never paid is told on the provider's page."""
    since = account.delinquent_since
    if since is None:
        return
    unpaid = Invoice.objects.filter(
        tenant_id=account.tenant_id, subscription_stripe_id=current.stripe_id, status="open", attempts__gt=0
    )
    for invoice in unpaid:
        if once("payment_failed", f"{invoice.stripe_id}-{invoice.attempts}"):
            publish(
                PaymentFailed(
                    account_id=account.id,
                    amount=invoice.amount_remaining,
                    currency=invoice.currency,
                    grace_ends_at=since + timedelta(days=settings.BILLING_GRACE_DAYS),
                )
            )


def _warn_of_trial_end(account: BillingAccount, current: Subscription) -> None:
    """Tell once that a trial ends soon, where no card is known to go on with."""
    if current.status != "trialing" or current.trial_end is None or account.payment_method:
        return
    if current.trial_end - clock.now() <= TRIAL_WARNING and once("trial_ending", current.stripe_id):
        publish(TrialEnding(account_id=account.id, plan=current.plan, ends_at=current.trial_end))


def once(kind: str, key: str) -> bool:
    """Claim an effect for the workspace in scope; return whether nobody had."""
    _effect, is_new = BillingEffect.objects.get_or_create(tenant_id=scope.tenant_id(), kind=kind, key=key)
    return is_new


def _acts(before: Summary, after: Summary) -> list[tuple[str, Values, Values]]:
    """Return what happened in between, as acts of the audit log."""
    former, present = plan_name(before.facts.plan), plan_name(after.facts.plan)
    acts: list[tuple[str, Values, Values]] = []
    if before.facts.plan != after.facts.plan:
        acts.append(("billing.plan_changed", {"plan": former}, {"plan": present}))
    elif before.cancel_at != after.cancel_at and after.cancel_at:
        day = after.cancel_at.date().isoformat()
        acts.append(("billing.cancelled", {}, {"plan": present, "ends_on": day}))
    elif before.cancel_at and not after.cancel_at and after.facts.plan:
        acts.append(("billing.resumed", {}, {"plan": present}))
    if after.is_paused and not before.is_paused:
        acts.append(("billing.collection_paused", {}, {"plan": present}))
    elif before.is_paused and not after.is_paused and after.facts.plan:
        acts.append(("billing.collection_resumed", {}, {"plan": present}))
    if after.facts.standing is Standing.READ_ONLY and before.facts.standing is not Standing.READ_ONLY:
        acts.append(("billing.read_only_began", {}, {"plan": present}))
    if after.is_delinquent and not before.is_delinquent:
        acts.append(("billing.payment_failed", {}, {"plan": present}))
    elif before.is_delinquent and not after.is_delinquent and after.facts.plan:
        acts.append(("billing.payment_recovered", {}, {"plan": present}))
    return acts
