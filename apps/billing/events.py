"""What happens to what workspaces pay for."""

from dataclasses import dataclass
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
