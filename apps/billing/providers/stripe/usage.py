"""Usage: what is counted, and how much was."""

from datetime import datetime
from secrets import token_hex

import stripe

from apps.billing.providers.base import ProviderRefused
from apps.billing.providers.stripe.catalogue import Catalogue
from apps.billing.providers.stripe.connection import translated


class UsageMeters(Catalogue):
    def record_usage(
        self, *, customer_id: str, meter: str, quantity: int, identifier: str, at: datetime
    ) -> None:
        # Each try has another idempotency key: under the same, Stripe would answer with the failure of the first.
        # It begins with the identifier, by which reports of refused usage name one or the other.
        key = f"{identifier}-{token_hex(4)}"
        with translated():
            try:
                self._api.billing.meter_events.create(
                    {
                        "event_name": meter,
                        "payload": {"stripe_customer_id": customer_id, "value": str(quantity)},
                        "identifier": identifier,
                        "timestamp": int(at.timestamp()),
                    },
                    {"idempotency_key": key},
                )
            except stripe.InvalidRequestError as error:
                if "already exists with identifier" not in str(error):
                    raise

    def usage_counted(self, *, customer_id: str, meter: str, start: datetime, end: datetime) -> int:
        with translated():
            meter_id = self._meters().get(meter)
            if meter_id is None:
                raise ProviderRefused
            found = self._api.billing.meters.event_summaries.list(
                meter_id,
                {
                    "customer": customer_id,
                    "start_time": int(start.timestamp()),
                    "end_time": int(end.timestamp()),
                },
            )
            return int(sum(one.aggregated_value for one in found.auto_paging_iter()))
