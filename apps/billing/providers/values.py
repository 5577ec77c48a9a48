"""What comes out of a payment provider: plain values, read from its answers once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


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
    item_id: str
    quantity: int
    unit_amount: int
    interval: str
    currency: str
    collection_method: str
    collection_paused: bool
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
    payment_method: str = ""  # “visa 4242”


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeState:
    """A payment, and how much of it went back; amounts in the currency's smallest unit."""

    amount: int
    refunded: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeState:
    """A payment that a customer's bank wants back; the amount is in the currency's smallest unit.

    `is_over` once somebody has won; before, we are heard until `answer_due_at` while it `needs_answer`. `reason` and
    `status` are the provider's words: “fraudulent”, “lost”.
    """

    amount: int
    currency: str
    reason: str
    status: str
    is_over: bool
    needs_answer: bool
    answer_due_at: datetime | None
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReport:
    """Usage that the provider refused some time after it had taken it.

    :param summary: how much, and why
    :param examples: some of it: the identifiers under which it was recorded, with what was wrong
    """

    summary: str
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceState:
    """A price of our catalogue, as the provider has it. Its amounts never change there: a new price takes its key."""

    lookup_key: str
    plan: str
    interval: str
    amounts: Mapping[str, int]  # by currency, in capitals
    meter: str = ""  # what is counted, if it is charged by usage
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is subscribed to: a price, by its key in our catalogue. Usage has no quantity beforehand."""

    lookup_key: str
    quantity: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The provider's page to pay on. `status` is open, complete or expired; only an open one has an address."""

    id: str
    status: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLine:
    """A line of an invoice to come."""

    text: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The invoice that a change would lead to; amounts in the currency's smallest unit, credits below zero.

    `used` is what usage so far adds to the total.
    """

    currency: str
    due: int
    total: int
    used: int
    lines: tuple[PreviewLine, ...]

    @property
    def agreed(self) -> int:
        """What somebody agrees to: all but usage, which goes on while they look."""
        return self.total - self.used
