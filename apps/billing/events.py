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
