"""What follows when an account is not as before: whom it concerns is told, in the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from apps.audit.interface import Values, audit
from apps.billing.events import SubscriptionChanged
from apps.billing.models import BillingAccount, Subscription
from apps.billing.offers import plan_name
from apps.billing.selectors import standing_of
from apps.entitlements.interface import PlanFacts, entitlements
from apps.events.interface import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What people would call different about an account."""

    facts: PlanFacts
    cancel_at: datetime | None
    is_delinquent: bool


def summary(account: BillingAccount) -> Summary:
    """Sum up an account as its rows are now."""
    current = Subscription.objects.filter(tenant_id=account.tenant_id, is_current=True).first()
    return Summary(
        facts=standing_of(account, current),
        cancel_at=current.cancel_at if current else None,
        is_delinquent=account.delinquent_since is not None,
    )


def tell(account: BillingAccount, *, before: Summary, after: Summary) -> None:
    """Write down what changed, and tell whom it concerns. Plans that staff gave stay, where nothing changed here."""
    if before.facts != after.facts:
        entitlements().set_facts(tenant_id=account.tenant_id, facts=after.facts)
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


def _acts(before: Summary, after: Summary) -> list[tuple[str, Values, Values]]:
    """Return what happened in between, as acts of the audit log."""
    former, present = plan_name(before.facts.plan), plan_name(after.facts.plan)
    acts: list[tuple[str, Values, Values]] = []
    if before.facts.plan != after.facts.plan:
        acts.append(("billing.plan_changed", {"plan": former}, {"plan": present}))
    elif before.cancel_at != after.cancel_at and after.cancel_at:
        day = after.cancel_at.date().isoformat()
        acts.append(("billing.cancelled", {}, {"plan": present, "ends_on": day}))
    elif before.cancel_at and not after.cancel_at:
        acts.append(("billing.resumed", {}, {"plan": present}))
    if after.is_delinquent and not before.is_delinquent:
        acts.append(("billing.payment_failed", {}, {"plan": present}))
    elif before.is_delinquent and not after.is_delinquent and after.facts.plan:
        acts.append(("billing.payment_recovered", {}, {"plan": present}))
    return acts
