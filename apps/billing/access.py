"""What a subscription lets a workspace do now: one pure function of the row and the clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from apps.billing.models import Subscription


class Standing(Enum):
    """How far a plan may be used."""

    FULL = "full"
    GRACE = "grace"
    READ_ONLY = "read_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The plan that holds, empty for the default one. `until` is when it may change without any news from Stripe."""

    plan: str
    standing: Standing
    until: datetime | None = None


DEFAULT = Access(plan="", standing=Standing.FULL)


def access_of(
    subscription: Subscription | None, *, delinquent_since: datetime | None, now: datetime, grace: timedelta
) -> Access:
    """Return what holds at a moment.

    A renewal that fails leaves everything for the time of grace; from its last second on, work can only be read. Who
    has never paid, or stopped for good, is on the default plan.
    """
    if subscription is None or subscription.awaits_first_payment or not subscription.plan:
        return DEFAULT
    ends_at = subscription.cancel_at
    if ends_at and ends_at <= now:
        return DEFAULT
    if subscription.status in ("active", "trialing"):
        return Access(plan=subscription.plan, standing=Standing.FULL, until=ends_at)
    if subscription.status == "past_due":
        grace_ends_at = (delinquent_since or now) + grace
        if now < grace_ends_at:
            until = min(grace_ends_at, ends_at) if ends_at else grace_ends_at
            return Access(plan=subscription.plan, standing=Standing.GRACE, until=until)
        return Access(plan=subscription.plan, standing=Standing.READ_ONLY, until=ends_at)
    return DEFAULT
