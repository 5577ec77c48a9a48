"""Reactions to events."""

from apps.audit.events import EntriesRecorded
from apps.audit.interface import audit
from apps.core.subscriptions import handles


@handles(EntriesRecorded)
def keep_entries(event: EntriesRecorded) -> None:
    """Hand entries to the process that keeps the log."""
    audit().add(records=event.records)
