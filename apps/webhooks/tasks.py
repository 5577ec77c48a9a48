"""What workers do: send, replay many, and forget what is old.

Sending is bulk work in a lane of its own: workspaces take turns, and one may have a few tries under way at once. So a
slow server holds up the webhooks of its own workspace at most, and none of its imports.
"""

from datetime import datetime, timedelta
from uuid import UUID

from apps.core import scope
from apps.jobs.interface import BULK, schedule, task
from apps.webhooks.services import upkeep
from apps.webhooks.services.replaying import replay_in_batches
from apps.webhooks.services.sending import delivery_try


@task(queue=BULK, lane="webhooks")
def deliver(delivery_id: UUID, ticket: int) -> None:
    """Try a delivery once; the next try is a task of its own."""
    delivery_try(delivery_id=delivery_id, ticket=ticket)


@task(queue=BULK)
def replay_failed(endpoint_id: UUID, since: datetime, until: datetime | None) -> None:
    """Begin an endpoint's failed deliveries of a range again."""
    replay_in_batches(endpoint_id=endpoint_id, since=since, until=until)


@schedule(every=timedelta(days=1), offset=timedelta(hours=3, minutes=40))
@task(queue=BULK)
def prune() -> None:
    """Forget messages of more than 30 days ago."""
    with scope.as_role("platform"):
        upkeep.prune()
