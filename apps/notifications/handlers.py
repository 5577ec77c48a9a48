"""Reactions to events: of each that a kind is about, people are told."""

from typing import Any

from apps.core import scope
from apps.core.notices import Kind
from apps.notifications.interface import notifications


def tell(kind: Kind, event: Any) -> None:
    """Tell the people whom the kind names."""
    cause, notice = scope.current().cause, kind.tell(event)
    if notice is None or cause is None:
        return
    notifications().notify(
        kind=kind.name,
        to=notice.to,
        source_id=cause.event_id,
        values=notice.values,
        target_id=notice.target_id,
        subject_id=notice.subject_id,
    )
