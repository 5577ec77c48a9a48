"""Events: what happened is told to whoever registered an interest, after the transaction that caused it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from apps.core.modules import implementation


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The base of every event: a frozen dataclass of ids and facts, with a name in the past tense.

    A subclass sets `event_name` (`tenancy.invitation.created`), `aggregate` (what it happened to) and
    `aggregate_field` (the field that holds its id). With `is_ordered`, each consumer gets the events of one
    aggregate in the order of their commits; publishing one waits for other transactions that did so for the same
    aggregate. `event_version` is raised with a change that a reader of the old fields would not survive; the
    catalogue (`manage.py events`) tells.
    """

    event_name: ClassVar[str]
    event_version: ClassVar[int] = 1
    aggregate: ClassVar[str]
    aggregate_field: ClassVar[str]
    is_ordered: ClassVar[bool] = False


class Events(ABC):
    """Publishing. Receiving is declared with `apps.core.subscriptions.subscribe` in a module's `apps.py`."""

    @abstractmethod
    def publish(self, *, event: Event) -> None:
        """Write the event to the outbox, in the tenant and request of the present scope.

        :raises TransactionManagementError: if no transaction is open: the event and its cause stand or fall
            together
        """

    @abstractmethod
    def publish_many(self, *, events: tuple[Event, ...]) -> None:
        """Write many events to the outbox, in their order, as `publish` does one."""


def events() -> Events:
    """Return the configured implementation."""
    return implementation(Events)


def publish(event: Event) -> None:
    """Publish an event; see `Events.publish`."""
    events().publish(event=event)


def publish_many(many: tuple[Event, ...]) -> None:
    """Publish events; see `Events.publish_many`."""
    events().publish_many(events=many)
