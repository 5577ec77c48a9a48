"""Notifications kept in this database."""

from collections.abc import Mapping
from uuid import UUID

from apps.notifications import unread
from apps.notifications.interface import Notifications
from apps.notifications.services import inbox


class LocalNotifications(Notifications):
    def notify(
        self,
        *,
        kind: str,
        to: frozenset[UUID],
        source_id: UUID,
        values: Mapping[str, str],
        target_id: UUID | None = None,
        subject_id: UUID | None = None,
    ) -> None:
        inbox.notify(
            kind=kind,
            to=to,
            source_id=source_id,
            values=values,
            target_id=target_id,
            subject_id=subject_id,
        )

    def count_unread(self) -> int:
        return unread.count()
