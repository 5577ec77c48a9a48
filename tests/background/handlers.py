"""Consumers that leave a trace."""

from apps.core.subscriptions import handles
from tests.background import traces
from tests.background.events import Called, Stepped


@handles(Stepped)
def first(event: Stepped) -> None:
    _follow("first", event)


@handles(Stepped)
def second(event: Stepped) -> None:
    _follow("second", event)


@handles(Called)
def hear(event: Called) -> None:
    traces.leave("hear", event.call, event.number)


def _follow(consumer: str, event: Stepped) -> None:
    traces.leave(consumer, event.walk, event.number)
    if event.waits:
        traces.wait_at_gate()
