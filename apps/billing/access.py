"""What a subscription lets a workspace do now: one pure function of the row and the clock."""

from dataclasses import replace
from datetime import datetime, timedelta

from apps.billing.models import Subscription
from apps.entitlements.interface import PlanFacts, Standing

DEFAULT = PlanFacts()


def access_of(
    subscription: Subscription | None, *, delinquent_since: datetime | None, now: datetime, grace: timedelta
) -> PlanFacts:
    """Return what holds at a moment.

    A renewal that fails leaves everything for the time of grace; from its last second on, work can only be read. Who
    has never paid, or stopped for good, is on the default plan.
    """
    if subscription is None or subscription.awaits_first_payment or not subscription.plan:
        return DEFAULT
    now_on = PlanFacts(
        plan=subscription.plan,
        until=subscription.cancel_at,
        ends_at=subscription.cancel_at,
        trial_end=subscription.trial_end,
        source=f"subscription {subscription.stripe_id} ({subscription.status}), price {subscription.lookup_key}",
    )
    if now_on.ends_at and now_on.ends_at <= now:
        return DEFAULT
    if subscription.status in ("active", "trialing"):
        return now_on
    if subscription.status == "past_due":
        return _unpaid(now_on, grace_ends_at=(delinquent_since or now) + grace, now=now)
    return DEFAULT


def _unpaid(paid: PlanFacts, *, grace_ends_at: datetime, now: datetime) -> PlanFacts:
    if grace_ends_at <= now:
        return replace(paid, standing=Standing.READ_ONLY)
    until = min(grace_ends_at, paid.ends_at) if paid.ends_at else grace_ends_at
    return replace(paid, standing=Standing.GRACE, until=until)
