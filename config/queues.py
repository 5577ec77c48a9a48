"""The queues of background work, on whichever broker."""

from typing import Any

from kombu import Queue

from config import env, product

CRITICAL, DEFAULT, BULK = "critical", "default", "bulk"
NAMES = (CRITICAL, DEFAULT, BULK)
# RabbitMQ takes a message back after 30 minutes by default; bulk tasks may take an hour and a fifth.
QUORUM = {"x-queue-type": "quorum", "x-consumer-timeout": 2 * 60 * 60 * 1000}  # milliseconds

# Once more over a fresh connection, at once: the one at hand may have died with the broker's last stop.
PUBLISH_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}


def of(broker_url: str) -> list[Queue]:
    """Return the queues. On RabbitMQ they are quorum queues, which survive the loss of a node."""
    if broker_url.startswith("amqp"):
        return [Queue(name, queue_arguments=QUORUM) for name in NAMES]
    return [Queue(name) for name in NAMES]


def transport_options(broker_url: str) -> dict[str, Any]:
    """Return how to speak with the broker: nobody waits long for one that is away."""
    if broker_url.startswith("amqp"):
        return {"confirm_publish": True, "max_retries": 0}
    timeout = env.get_int("BROKER_VISIBILITY_TIMEOUT", 3600)
    return {
        "global_keyprefix": f"{product.SLUG}:",
        "visibility_timeout": timeout,  # seconds; then an unfinished message goes to another worker
        "unacked_restore_interval": min(timeout / 2, 60),
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 10,
        "max_retries": 0,
    }
