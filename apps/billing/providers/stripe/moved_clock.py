"""The emulator's clock, which its console moves ahead of the world's. Ours stays: what the emulator says is set back.

Only a gateway with another address than Stripe's has this client, and no production has such an address.
"""

from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import stripe

from apps.billing.providers.values import DisputeState, InvoiceState, SubscriptionState

State = TypeVar("State", SubscriptionState, InvoiceState, DisputeState)


class EmulatorClient(stripe.RequestsClient):
    """Notes of each answer how far the emulator's clock is ahead of ours."""

    ahead = timedelta(0)

    def request(self, *arguments: Any, **options: Any) -> Any:
        content, status, headers = super().request(*arguments, **options)
        self.ahead = timedelta(seconds=int(headers.get("Emulator-Ahead", 0)))
        return content, status, headers


def earlier(state: State, by: timedelta) -> State:
    """Return a state whose moments are all earlier."""
    values: dict[str, Any] = {field.name: getattr(state, field.name) for field in fields(state)}
    moved: dict[str, Any] = {name: at - by for name, at in values.items() if isinstance(at, datetime)}
    return replace(state, **moved)
