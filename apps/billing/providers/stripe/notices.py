"""What Stripe tells of: webhooks, its list of events, and what they are about."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import stripe

from apps.billing.providers.base import BadSignature
from apps.billing.providers.stripe.connection import PAGE, Connection, translated
from apps.billing.providers.stripe.moved_clock import earlier
from apps.billing.providers.stripe.reading import charge_state, dispute_state, event_notice, meter_report
from apps.billing.providers.values import ChargeState, DisputeState, EventNotice, MeterReport

TOLERANCE = 300  # seconds that a signature is old at most


class Notices(Connection):
    def read_webhook(self, *, body: bytes, signature: str) -> EventNotice:
        if not any(_is_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature
        return event_notice(json.loads(body))

    def iter_events(self, *, since: datetime, until: datetime) -> Iterator[EventNotice]:
        created: Any = {
            name: int((at + self._ahead).timestamp()) for name, at in (("gte", since), ("lte", until))
        }
        with translated():
            found = self._api.events.list({"created": created, "limit": PAGE})
            for event in found.auto_paging_iter():
                yield event_notice(event.to_dict())

    def customer_of(self, *, object_type: str, object_id: str) -> str:
        if object_type == "customer":
            return object_id
        readers: dict[str, Any] = {
            "checkout.session": self._api.checkout.sessions,
            "charge": self._api.charges,
            "dispute": self._api.disputes,
            "invoice": self._api.invoices,
            "payment_method": self._api.payment_methods,
            "subscription": self._api.subscriptions,
        }
        reader = readers.get(object_type)
        if reader is None or not object_id:
            return ""
        asked = {"expand": ["charge"]} if object_type == "dispute" else {}
        with translated():
            try:
                found = reader.retrieve(object_id, asked).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return ""
                raise
        return str((found["charge"] if object_type == "dispute" else found).get("customer") or "")

    def get_charge(self, *, charge_id: str) -> ChargeState:
        with translated():
            return charge_state(self._api.charges.retrieve(charge_id).to_dict())

    def get_dispute(self, *, dispute_id: str) -> DisputeState:
        with translated():
            found = dispute_state(self._api.disputes.retrieve(dispute_id).to_dict())
        return earlier(found, self._ahead)

    def get_meter_report(self, *, event_id: str) -> MeterReport:
        with translated():
            return meter_report(self._events.retrieve(event_id).to_dict().get("data") or {})


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
