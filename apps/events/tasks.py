"""What wakes a worker: something is due at a consumer; and the keeping of order."""

from time import monotonic

from celery import shared_task

from apps.events.delivery import drain

LONGEST = 20.0  # seconds; then others have their turn, and the relay wakes a worker again


@shared_task(name="events.deliver", ignore_result=True)
def deliver(consumer: str) -> None:
    """Deliver what is due at a consumer. Called too often, it finds nothing and harms nobody."""
    until = monotonic() + LONGEST
    drain(consumer=consumer, stopping=lambda: monotonic() > until)
