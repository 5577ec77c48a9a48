"""What workers do: bring in what Stripe told us of, and look for what was lost."""

from datetime import timedelta

from apps.billing.services.events import event_process, events_sweep
from apps.jobs.interface import schedule, task


@task()
def process_event(event_id: str) -> None:
    """Work off a webhook."""
    event_process(event_id=event_id)


@schedule(every=timedelta(minutes=5))
@task()
def sweep_events() -> None:
    """Have webhooks worked off whose task was lost."""
    events_sweep()
