"""What billing needs of a payment provider. What comes out are plain values, read from its answers once."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

from apps.core.errors import Unavailable


class ProviderUnavailable(Unavailable):
    """The provider does not answer, is busy or failed. Trying again may help."""

    code = "payment_provider_unavailable"


class BadSignature(Exception):
    """A webhook was not signed by the provider for us, or too long ago."""


class UnreadableEvent(Exception):
    """A signed body is not an event that we know how to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNotice:
    """That something happened to an object, whatever the webhook's style. `customer_id` is empty if it did not say."""

    event_id: str
    type: str
    object_type: str
    object_id: str
    customer_id: str
    livemode: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionState:
    """A subscription. Of several items, plan and quantity are those of the one that is charged by licence."""

    id: str
    status: str
    plan: str
    lookup_key: str
    quantity: int
    currency: str
    collection_method: str
    period_start: datetime | None
    period_end: datetime | None
    trial_end: datetime | None
    cancel_at: datetime | None
    ended_at: datetime | None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceState:
    """An invoice; amounts in the currency's smallest unit."""

    id: str
    subscription_id: str
    number: str
    status: str
    billing_reason: str
    currency: str
    total: int
    amount_paid: int
    amount_remaining: int
    attempts: int
    next_attempt_at: datetime | None
    url: str
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """All that the provider has of a customer; nothing if the customer was deleted there."""

    subscriptions: tuple[SubscriptionState, ...] = ()
    invoices: tuple[InvoiceState, ...] = ()


class Gateway(ABC):
    """The provider."""

    livemode: bool

    @abstractmethod
    def read_webhook(self, *, body: bytes, signature: str) -> EventNotice:
        """Return what a webhook tells.

        :raises BadSignature: if none of our secrets fits
        :raises UnreadableEvent: if it is no event
        """

    @abstractmethod
    def get_account(self, *, customer_id: str) -> AccountState:
        """Return what the provider has of a customer now.

        :raises ProviderUnavailable: if it can't say
        """

    @abstractmethod
    def customer_of(self, *, object_type: str, object_id: str) -> str:
        """Return the customer that an object belongs to; empty if it has none or is gone.

        :raises ProviderUnavailable: if it can't say
        """
