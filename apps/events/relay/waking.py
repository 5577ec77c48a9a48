"""Telling workers that there is something to deliver."""

from celery import current_app
from kombu.exceptions import OperationalError

from apps.core.daemon import Unavailable


def wake(consumers: frozenset[str]) -> None:
    """Have a worker deliver to each consumer.

    :raises Unavailable: without a broker; the deliveries are kept
    """
    try:
        for consumer in sorted(consumers):
            current_app.send_task("events.deliver", (consumer,))
    except OperationalError as error:
        raise Unavailable(f"The broker does not answer: {error}") from error
