"""What happens to what workspaces pay for."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(Event):
    """What a workspace is on is not as before. A plan is its code, empty for the default one."""

    event_name: ClassVar[str] = "billing.subscription.changed"
    aggregate: ClassVar[str] = "billing_account"
    aggregate_field: ClassVar[str] = "account_id"
    is_ordered: ClassVar[bool] = True

    account_id: UUID
    former_plan: str
    plan: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLimitNear(Event):
    """A workspace has used 80 or 100 % of what its plan includes of a meter in the present month."""

    event_name: ClassVar[str] = "billing.usage.limit_near"
    aggregate: ClassVar[str] = "usage_alert"
    aggregate_field: ClassVar[str] = "alert_id"

    alert_id: UUID
    meter: str
    percent: int
    used: int
    included: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Event):
    """An attempt to collect a renewal failed; the amount is in the currency's smallest unit.

    From `grace_ends_at` on, work can only be read.
    """

    event_name: ClassVar[str] = "billing.payment.failed"
    aggregate: ClassVar[str] = "billing_account"
    aggregate_field: ClassVar[str] = "account_id"
    is_ordered: ClassVar[bool] = True

    account_id: UUID
    amount: int
    currency: str
    grace_ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnding(Event):
    """A trial ends in some days, and there is no card to go on with."""

    event_name: ClassVar[str] = "billing.trial.ending"
    aggregate: ClassVar[str] = "billing_account"
    aggregate_field: ClassVar[str] = "account_id"

    account_id: UUID
    plan: str
    ends_at: datetime
