"""`manage.py deliver_events`: do the relays' and workers' part once, here and now."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.events.delivery import Tally
from apps.events.upkeep import deliver_due


class Command(BaseCommand):
    help = "Hand what is due to its consumers, here and now. Relays and workers do so all the time."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(sentence(deliver_due()))


def sentence(tally: Tally) -> str:
    """Say what a run did."""
    return f"Delivered {tally.delivered}; to be tried again {tally.failed}; parked {tally.parked}."
