"""Who wants to hear of which events. Modules subscribe in their `apps.py`; `apps.events` delivers.

A consumer's name is stable: it is stored with each delivery.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any], None]


_subscriptions: dict[Any, dict[str, Handler]] = defaultdict(dict)


def subscribe(event_type: Any, consumer: str, handler: Handler) -> None:
    """Have `handler` called with each event of a type, at least once, in the event's tenant and a transaction.

    :param consumer: a stable name, for example `tenancy.send_invitation`
    """
    _subscriptions[event_type][consumer] = handler


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
