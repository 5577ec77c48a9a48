"""What billing needs of a payment provider, and how it can fail."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.billing.providers.values import (
    AccountState,
    ChargeState,
    Checkout,
    DisputeState,
    EventNotice,
    Line,
    MeterReport,
    Preview,
    PriceState,
)
from apps.core.errors import Unavailable


class ProviderUnavailable(Unavailable):
    """The provider does not answer, is busy or failed. Trying again may help."""

    code = "payment_provider_unavailable"


class ProviderRefused(Unavailable):
    """The provider answered that it won't do what we asked: a defect or a setting of ours. Trying again won't help."""

    code = "payment_provider_refused"
    message = _("The payment provider refused this. Try again later, or write to us.")


class BadSignature(Exception):
    """A webhook was not signed by the provider for us, or too long ago."""


class UnknownPrice(Unavailable):
    """The provider does not have a price of our catalogue: it was not synchronised."""

    code = "unknown_price"


class UnreadableEvent(Exception):
    """A signed body is not an event that we know how to read."""


class Gateway(ABC):
    """The provider.

    Every call may raise ProviderUnavailable or ProviderRefused. Each write takes the key of an attempt: sent again
    under the same key, it is done once.
    """

    livemode: bool

    @abstractmethod
    def read_webhook(self, *, body: bytes, signature: str) -> EventNotice:
        """Return what a webhook tells.

        :raises BadSignature: if none of our secrets fits
        :raises UnreadableEvent: if it is no event
        """

    @abstractmethod
    def get_account(self, *, customer_id: str) -> AccountState:
        """Return what the provider has of a customer now."""

    @abstractmethod
    def customer_of(self, *, object_type: str, object_id: str) -> str:
        """Return the customer that an object belongs to; empty if it has none or is gone."""

    @abstractmethod
    def get_charge(self, *, charge_id: str) -> ChargeState:
        """Return a payment."""

    @abstractmethod
    def get_dispute(self, *, dispute_id: str) -> DisputeState:
        """Return a payment that is disputed."""

    @abstractmethod
    def get_meter_report(self, *, event_id: str) -> MeterReport:
        """Return what an event tells of usage that was refused."""

    @abstractmethod
    def iter_events(self, *, since: datetime, until: datetime) -> Iterator[EventNotice]:
        """Yield what happened between two times, the newest first. The provider forgets after 30 days."""

    @abstractmethod
    def list_prices(self) -> tuple[PriceState, ...]:
        """Return the prices that can be bought and are of our catalogue."""

    @abstractmethod
    def create_price(self, *, price: PriceState, plan_name: str) -> None:
        """Add a price to its plan's product, which is made if need be. A former price gives up its key."""

    @abstractmethod
    def archive_price(self, *, price_id: str) -> None:
        """Sell a price no more. Who pays it goes on doing so."""

    @abstractmethod
    def ensure_customer(self, *, account_id: UUID, name: str, email: str) -> str:
        """Make an account's customer, unless it was made within the day; return its id."""

    @abstractmethod
    def has_customer(self, *, customer_id: str) -> bool:
        """Tell whether the provider knows a customer, and has not deleted it."""

    @abstractmethod
    def create_checkout(
        self, *, customer_id: str, lines: tuple[Line, ...], success_url: str, cancel_url: str, key: str
    ) -> Checkout:
        """Open a page on which a customer pays for a new subscription.

        :raises UnknownPrice: if the provider does not have a line's price
        """

    @abstractmethod
    def get_checkout(self, *, checkout_id: str) -> Checkout:
        """Return what became of a checkout."""

    @abstractmethod
    def expire_checkout(self, *, checkout_id: str) -> None:
        """Close a checkout that nobody is to pay on any more; one that is closed already stays so."""

    @abstractmethod
    def start_trial(self, *, customer_id: str, lines: tuple[Line, ...], days: int, key: str) -> None:
        """Begin a subscription without a card. It ends with its trial if none is added.

        :raises UnknownPrice: if the provider does not have a line's price
        """

    @abstractmethod
    def create_portal(self, *, customer_id: str, return_url: str) -> str:
        """Return the address of the provider's page where a customer changes the card, cancels or resumes."""

    @abstractmethod
    def preview(
        self, *, subscription_id: str, lines: tuple[Line, ...], at: datetime, ends_trial: bool = False
    ) -> Preview:
        """Return the invoice that follows if a subscription changes to other lines at a moment.

        In a trial that goes on, that is the invoice at its end.

        :raises UnknownPrice: if the provider does not have a line's price
        """

    @abstractmethod
    def change_price(
        self,
        *,
        subscription_id: str,
        lines: tuple[Line, ...],
        at: datetime,
        ends_trial: bool = False,
        key: str,
    ) -> None:
        """Change a subscription to other lines and invoice the difference at once, as `preview` said.

        :raises CardDeclined: if that can't be paid; nothing is changed then
        :raises UnknownPrice: if the provider does not have a line's price
        """

    @abstractmethod
    def set_quantity(self, *, subscription_id: str, item_id: str, quantity: int, key: str) -> None:
        """Set the quantity of an item of a subscription. The difference goes onto the next invoice."""

    @abstractmethod
    def cancel(self, *, subscription_id: str, at_period_end: bool, key: str) -> None:
        """End a subscription, now or with the period that is paid."""

    @abstractmethod
    def resume(self, *, subscription_id: str, key: str) -> None:
        """Take back a cancellation whose end has not come."""

    @abstractmethod
    def pause_collection(self, *, subscription_id: str, key: str) -> None:
        """Void each invoice of a subscription's periods to come, until `resume_collection`. It goes on all the same."""

    @abstractmethod
    def resume_collection(self, *, subscription_id: str, key: str) -> None:
        """Have a subscription's periods paid again, from the next on."""

    @abstractmethod
    def record_usage(
        self, *, customer_id: str, meter: str, quantity: int, identifier: str, at: datetime
    ) -> None:
        """Count usage. The same identifier counts once within a day."""

    @abstractmethod
    def usage_counted(self, *, customer_id: str, meter: str, start: datetime, end: datetime) -> int:
        """Return how much was counted between two whole minutes.

        :raises ProviderRefused: if there is no such meter
        """
