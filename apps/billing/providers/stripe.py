"""Stripe, through its SDK. `base_addresses` alone differs in development, where the emulator answers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from secrets import token_hex
from typing import Any
from uuid import UUID

import stripe
import structlog
from django.conf import settings

from apps.billing.interface import CardDeclined
from apps.billing.providers.base import (
    AccountState,
    BadSignature,
    ChargeState,
    Checkout,
    DisputeState,
    EventNotice,
    Gateway,
    Line,
    MeterReport,
    Preview,
    PriceState,
    ProviderRefused,
    ProviderUnavailable,
    UnknownPrice,
)
from apps.billing.providers.moved_clock import EmulatorClient, earlier
from apps.billing.providers.reading import (
    charge_state,
    checkout,
    dispute_state,
    event_notice,
    invoice_state,
    is_metered,
    meter_report,
    payment_method,
    preview,
    price_state,
    subscription_state,
)

log = structlog.get_logger()

TIMEOUT = (2.0, 5.0)  # seconds to connect and to answer; an account is locked meanwhile
TOLERANCE = 300  # seconds that a signature is old at most
PAGE = 100


class StripeGateway(Gateway):
    def __init__(self, *, key: str, base: str, secrets: tuple[str, ...]) -> None:
        self.livemode = is_live(key)
        self._secrets = secrets
        addresses: Any = {"api": base, "meter_events": base} if base else {}
        self._http = EmulatorClient(timeout=TIMEOUT) if base else stripe.RequestsClient(timeout=TIMEOUT)
        client = stripe.StripeClient(
            key,
            base_addresses=addresses,
            max_network_retries=0,  # the job is tried again, without holding a lock
            http_client=self._http,
        )
        self._api, self._events = client.v1, client.v2.core.events
        self._readers: dict[str, Any] = {
            "checkout.session": self._api.checkout.sessions,
            "charge": self._api.charges,
            "dispute": self._api.disputes,
            "invoice": self._api.invoices,
            "payment_method": self._api.payment_methods,
            "subscription": self._api.subscriptions,
        }

    def read_webhook(self, *, body: bytes, signature: str) -> EventNotice:
        if not any(_is_signed(body, signature, secret) for secret in self._secrets):
            raise BadSignature
        return event_notice(json.loads(body))

    def get_account(self, *, customer_id: str) -> AccountState:
        with _translated():
            try:
                customer = self._api.customers.retrieve(
                    customer_id, {"expand": ["invoice_settings.default_payment_method"]}
                ).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return AccountState()
                raise
            if customer.get("deleted"):
                return AccountState()
            subscriptions = self._api.subscriptions.list(
                {
                    "customer": customer_id,
                    "status": "all",
                    "limit": PAGE,
                    "expand": ["data.default_payment_method"],
                }
            )
            found = [one.to_dict() for one in subscriptions.auto_paging_iter()]
            invoices = self._api.invoices.list({"customer": customer_id, "limit": PAGE})
            newest = [one.to_dict() for one in invoices.data]
        return AccountState(
            subscriptions=tuple(earlier(subscription_state(one), self._ahead) for one in found),
            invoices=tuple(earlier(invoice_state(one), self._ahead) for one in newest),
            payment_method=payment_method(customer, found),
        )

    def customer_of(self, *, object_type: str, object_id: str) -> str:
        if object_type == "customer":
            return object_id
        reader = self._readers.get(object_type)
        if reader is None or not object_id:
            return ""
        asked = {"expand": ["charge"]} if object_type == "dispute" else {}
        with _translated():
            try:
                found = reader.retrieve(object_id, asked).to_dict()
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return ""
                raise
        return str((found["charge"] if object_type == "dispute" else found).get("customer") or "")

    def get_charge(self, *, charge_id: str) -> ChargeState:
        with _translated():
            return charge_state(self._api.charges.retrieve(charge_id).to_dict())

    def get_dispute(self, *, dispute_id: str) -> DisputeState:
        with _translated():
            found = dispute_state(self._api.disputes.retrieve(dispute_id).to_dict())
        return earlier(found, self._ahead)

    def get_meter_report(self, *, event_id: str) -> MeterReport:
        with _translated():
            return meter_report(self._events.retrieve(event_id).to_dict().get("data") or {})

    def iter_events(self, *, since: datetime, until: datetime) -> Iterator[EventNotice]:
        created: Any = {
            name: int((at + self._ahead).timestamp()) for name, at in (("gte", since), ("lte", until))
        }
        with _translated():
            found = self._api.events.list({"created": created, "limit": PAGE})
            for event in found.auto_paging_iter():
                yield event_notice(event.to_dict())

    def list_prices(self) -> tuple[PriceState, ...]:
        with _translated():
            meters = {meter_id: name for name, meter_id in self._meters().items()}
            found = self._api.prices.list(
                {"active": True, "type": "recurring", "limit": PAGE, "expand": ["data.currency_options"]}
            )
            rows = [price.to_dict() for price in found.auto_paging_iter()]
        return tuple(
            price_state(row, meters) for row in rows if row["lookup_key"] and row["metadata"].get("plan")
        )

    def create_price(self, *, price: PriceState, plan_name: str) -> None:
        (currency, amount), *others = price.amounts.items()
        recurring: Any = {"interval": price.interval}
        with _translated():
            if price.meter:
                recurring |= {"usage_type": "metered", "meter": self._ensure_meter(price.meter)}
            asked: Any = {
                "product": self._ensure_product(price.plan, plan_name),
                "lookup_key": price.lookup_key,
                "transfer_lookup_key": True,
                "currency": currency.lower(),
                "unit_amount": amount,
                "recurring": recurring,
                # A former price has no key any more, and is to be known by those who still pay it.
                "metadata": {"plan": price.plan, "lookup_key": price.lookup_key},
            }
            if others:
                asked["currency_options"] = {code.lower(): {"unit_amount": amount} for code, amount in others}
            self._api.prices.create(asked)

    def archive_price(self, *, price_id: str) -> None:
        with _translated():
            self._api.prices.update(price_id, {"active": False})

    def ensure_customer(self, *, account_id: UUID, name: str, email: str) -> str:
        with _translated():
            # What may change is no part of what the key stands for. A customer made twice, days apart, is never billed.
            customer = self._api.customers.create(
                {"metadata": {"account": str(account_id)}},
                {"idempotency_key": f"customer-{account_id}-{'live' if self.livemode else 'test'}"},
            )
            self._api.customers.update(customer.id, {"name": name, "email": email})
        return customer.id

    def has_customer(self, *, customer_id: str) -> bool:
        with _translated():
            try:
                return not self._api.customers.retrieve(customer_id).to_dict().get("deleted")
            except stripe.InvalidRequestError as error:
                if error.http_status == 404:
                    return False
                raise

    def create_checkout(
        self, *, customer_id: str, lines: tuple[Line, ...], success_url: str, cancel_url: str, key: str
    ) -> Checkout:
        asked: Any = {
            "mode": "subscription",
            "customer": customer_id,
            "line_items": self._items(lines),
            "success_url": success_url,
            "cancel_url": cancel_url,
            "allow_promotion_codes": True,
        }
        if settings.STRIPE_TAX:
            asked |= {"automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}
        with _translated():
            session = self._api.checkout.sessions.create(asked, {"idempotency_key": key})
        return checkout(session.to_dict())

    def get_checkout(self, *, checkout_id: str) -> Checkout:
        with _translated():
            return checkout(self._api.checkout.sessions.retrieve(checkout_id).to_dict())

    def expire_checkout(self, *, checkout_id: str) -> None:
        with _translated(), suppress(stripe.InvalidRequestError):
            self._api.checkout.sessions.expire(checkout_id)

    def start_trial(self, *, customer_id: str, lines: tuple[Line, ...], days: int, key: str) -> None:
        asked: Any = {
            "customer": customer_id,
            "items": self._items(lines),
            "trial_period_days": days,
            "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        }
        if settings.STRIPE_TAX:
            asked["automatic_tax"] = {"enabled": True}
        with _translated():
            self._api.subscriptions.create(asked, {"idempotency_key": key})

    def create_portal(self, *, customer_id: str, return_url: str) -> str:
        with _translated():
            session = self._api.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}
            )
        return session.url

    def preview(
        self, *, subscription_id: str, lines: tuple[Line, ...], at: datetime, ends_trial: bool = False
    ) -> Preview:
        change: Any = self._change(subscription_id, lines, at, ends_trial)
        with _translated():
            found = self._api.invoices.create_preview(
                {"subscription": subscription_id, "subscription_details": change}
            )
        present = [item["price"]["id"] for item in self._items_of(subscription_id) if is_metered(item)]
        wanted = [item["price"] for item in change["items"] if not item.keys() & {"quantity", "deleted"}]
        return preview(found.to_dict(), {*present, *wanted})

    def change_price(
        self,
        *,
        subscription_id: str,
        lines: tuple[Line, ...],
        at: datetime,
        ends_trial: bool = False,
        key: str,
    ) -> None:
        change: Any = self._change(subscription_id, lines, at, ends_trial)
        # Otherwise Stripe changes it though the card is declined, and a payment is missing from then on.
        change["payment_behavior"] = "error_if_incomplete"
        with _translated():
            try:
                self._api.subscriptions.update(subscription_id, change, {"idempotency_key": key})
            except stripe.CardError as error:
                raise CardDeclined from error

    def set_quantity(self, *, subscription_id: str, item_id: str, quantity: int, key: str) -> None:
        with _translated():
            self._api.subscriptions.update(
                subscription_id,
                {"items": [{"id": item_id, "quantity": quantity}]},
                {"idempotency_key": key},
            )

    def cancel(self, *, subscription_id: str, at_period_end: bool, key: str) -> None:
        options: Any = {"idempotency_key": key}
        with _translated():
            if at_period_end:
                self._api.subscriptions.update(subscription_id, {"cancel_at_period_end": True}, options)
            else:
                self._api.subscriptions.cancel(subscription_id, {}, options)

    def resume(self, *, subscription_id: str, key: str) -> None:
        with _translated():
            self._api.subscriptions.update(
                subscription_id, {"cancel_at_period_end": False}, {"idempotency_key": key}
            )

    def pause_collection(self, *, subscription_id: str, key: str) -> None:
        with _translated():
            self._api.subscriptions.update(
                subscription_id, {"pause_collection": {"behavior": "void"}}, {"idempotency_key": key}
            )

    def resume_collection(self, *, subscription_id: str, key: str) -> None:
        with _translated():
            self._api.subscriptions.update(subscription_id, {"pause_collection": ""}, {"idempotency_key": key})

    def record_usage(
        self, *, customer_id: str, meter: str, quantity: int, identifier: str, at: datetime
    ) -> None:
        # Each try has another idempotency key: under the same, Stripe would answer with the failure of the first.
        # It begins with the identifier, by which reports of refused usage name one or the other.
        key = f"{identifier}-{token_hex(4)}"
        with _translated():
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
        with _translated():
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

    def _ensure_product(self, plan: str, name: str) -> str:
        for product in self._api.products.list({"active": True, "limit": PAGE}).auto_paging_iter():
            if product.metadata.to_dict().get("plan") == plan:
                return product.id
        return self._api.products.create({"name": name, "metadata": {"plan": plan}}).id

    def _ensure_meter(self, name: str) -> str:
        known = self._meters().get(name)
        return (
            known
            or self._api.billing.meters.create(
                {"display_name": name, "event_name": name, "default_aggregation": {"formula": "sum"}}
            ).id
        )

    def _meters(self) -> dict[str, str]:
        """Return the meters' ids by what they count."""
        found = self._api.billing.meters.list({"status": "active", "limit": PAGE})
        return {meter.event_name: meter.id for meter in found.auto_paging_iter()}

    def _items(self, lines: tuple[Line, ...]) -> list[dict[str, Any]]:
        """Return lines as Stripe takes them: with its own prices."""
        keys = [line.lookup_key for line in lines]
        with _translated():
            found = self._api.prices.list({"lookup_keys": keys, "active": True}).data
        prices = {price.lookup_key: price.id for price in found}
        if missing := set(keys) - prices.keys():
            raise UnknownPrice(
                f"Stripe lacks {', '.join(sorted(missing))}: run `manage.py billing sync-catalogue`."
            )
        return [
            {"price": prices[line.lookup_key]}
            | ({} if line.quantity is None else {"quantity": line.quantity})
            for line in lines
        ]

    def _items_of(self, subscription_id: str) -> list[dict[str, Any]]:
        with _translated():
            return list(self._api.subscriptions.retrieve(subscription_id).to_dict()["items"]["data"])

    def _change(
        self, subscription_id: str, lines: tuple[Line, ...], at: datetime, ends_trial: bool
    ) -> dict[str, Any]:
        """Return the change from a subscription's lines to others: what is licensed is exchanged, the rest replaced."""
        present, wanted = self._items_of(subscription_id), self._items(lines)
        present.sort(key=lambda item: item.get("quantity") is None)
        items = [{"id": old["id"]} | new for old, new in zip(present, wanted, strict=False)]
        items += wanted[len(present) :]
        items += [{"id": old["id"], "deleted": True} for old in present[len(wanted) :]]
        change = {
            "items": items,
            "proration_behavior": "always_invoice",
            "proration_date": int((at + self._ahead).timestamp()),
        }
        return change | ({"trial_end": "now"} if ends_trial else {})

    @property
    def _ahead(self) -> timedelta:
        """How far Stripe's clock is ahead of ours: not at all, but for the emulator's."""
        return self._http.ahead if isinstance(self._http, EmulatorClient) else timedelta(0)


def is_live(key: str) -> bool:
    """Tell whether a key moves real money."""
    return key.startswith(("sk_live_", "rk_live_"))


def page_origins() -> list[str]:
    """Return where the pages stand that customers are sent to."""
    return [settings.STRIPE_API_BASE or "https://*.stripe.com"]


def gateway() -> Gateway:
    """Return the gateway that the settings describe, made once per process."""
    return _gateway(
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, tuple(settings.STRIPE_WEBHOOK_SECRETS)
    )


@cache
def _gateway(key: str, base: str, secrets: tuple[str, ...]) -> Gateway:
    return StripeGateway(key=key, base=base, secrets=secrets)


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderUnavailable from error
    except stripe.StripeError as error:
        if (error.http_status or 500) >= 500:
            raise ProviderUnavailable from error
        log.error("billing.provider_refused", status=error.http_status, code=error.code, exc_info=error)
        raise ProviderRefused from error
