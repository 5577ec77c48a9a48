"""`manage.py deliveries`: show what became of events at their consumers, and decide about what was parked."""

from django.db.models import QuerySet

from apps.core.repeatable import RepeatableCommand
from apps.events.models import STATES, Delivery
from apps.events.upkeep import discard, replay


class Command(RepeatableCommand):
    help = "List deliveries of events, newest first; replay parked ones, or discard them. Discarding needs --yes."
    noun = "deliveries"
    states = STATES
    failed = STATES[Delivery.State.PARKED]
    replay_rows = staticmethod(replay)
    discard_rows = staticmethod(discard)

    def rows(self) -> QuerySet[Delivery]:
        return Delivery.objects.select_related("event").order_by("-id")

    def describe(self, row: Delivery) -> str:
        return f"{row.state:9}  {row.event.type} to {row.consumer}  tries: {row.attempts}"
