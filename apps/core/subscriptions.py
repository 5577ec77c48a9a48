"""Who wants to hear of which events. Modules say so in their `handlers.py`; `apps.events` finds them and delivers.

@handles(MemberAdded)
def greet(event: MemberAdded) -> None: ...
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from apps.core import clock

Handler = Callable[[Any], None]

_subscriptions: dict[Any, dict[str, Handler]] = defaultdict(dict)
_occurred_at: ContextVar[datetime | None] = ContextVar("occurred_at", default=None)


def handles(event_type: Any, *, consumer: str = "") -> Callable[[Handler], Handler]:
    """Have the function called with each event of a type, in the event's tenant and in a transaction.

    What it writes there is done once, however often it is called.

    :param consumer: the name that is stored with each delivery, so it must outlive the function's. Without it, the
        module's and the function's: `tenancy.send_invitation`
    """

    def register(handler: Handler) -> Handler:
        subscribe(event_type, consumer or f"{handler.__module__.split('.')[1]}.{handler.__name__}", handler)
        return handler

    return register


def subscribe(event_type: Any, consumer: str, handler: Handler) -> None:
    """Do what `handles` does, for a handler that is made elsewhere."""
    _subscriptions[event_type][consumer] = handler


def event_types() -> tuple[Any, ...]:
    """Return the types of events that somebody consumes."""
    return tuple(kind for kind, handlers in _subscriptions.items() if handlers)


def consumers_of(event_name: str) -> tuple[str, ...]:
    """Return the names of the consumers of an event."""
    return tuple(
        name
        for kind, handlers in _subscriptions.items()
        if kind.event_name == event_name
        for name in handlers
    )


def handler_of(event_name: str, consumer: str) -> tuple[Any, Handler]:
    """Return the event's type and the consumer's handler.

    :raises KeyError: if the consumer no longer exists
    """
    for kind, handlers in _subscriptions.items():
        if kind.event_name == event_name and consumer in handlers:
            return kind, handlers[consumer]
    raise KeyError(f"{consumer} no longer consumes {event_name}")


@contextmanager
def delivering(occurred_at: datetime) -> Iterator[None]:
    """Call a handler in the block, for an event of that time."""
    token = _occurred_at.set(occurred_at)
    try:
        yield
    finally:
        _occurred_at.reset(token)


def occurred_at() -> datetime:
    """Return when the event that is being handled was published; the present outside of handlers."""
    return _occurred_at.get() or clock.now()
