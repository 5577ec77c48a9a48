"""The queues of background work, on whichever broker."""

from typing import Any

from kombu import Queue

from config import product

CRITICAL, DEFAULT, BULK = "critical", "default", "bulk"
NAMES = (CRITICAL, DEFAULT, BULK)
VISIBILITY_TIMEOUT = (
    60 * 60
)  # seconds until Valkey gives a message that nobody has finished to another worker
QUORUM = {"x-queue-type": "quorum"}


def of(broker_url: str) -> list[Queue]:
    """Return the queues. On RabbitMQ they are quorum queues, which survive the loss of a node."""
    if broker_url.startswith("amqp"):
        return [Queue(name, queue_arguments=QUORUM) for name in NAMES]
    return [Queue(name) for name in NAMES]


def transport_options(broker_url: str) -> dict[str, Any]:
    """Return how to speak with the broker: nobody waits long for one that is away."""
    if broker_url.startswith("amqp"):
        return {"confirm_publish": True, "max_retries": 0}
    return {
        "global_keyprefix": f"{product.SLUG}:",
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "socket_connect_timeout": 1,
        "socket_timeout": 10,
        "max_retries": 0,
    }
