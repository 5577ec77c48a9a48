"""Telling people, and noting what they have read."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from apps.core import notices, permissions, scope
from apps.core.db.walls import demand_transaction
from apps.core.notices import Channel, Kind
from apps.jobs.interface import jobs
from apps.notifications import selectors, unread
from apps.notifications.interface import NotificationNotFound
from apps.notifications.models import Notification


def notify(
    *,
    kind: str,
    to: frozenset[UUID],
    source_id: UUID,
    values: Mapping[str, str],
    target_id: UUID | None,
    subject_id: UUID | None,
) -> None:
    """Write the inbox entries, and have the mails sent; see `Notifications.notify`."""
    demand_transaction("Notifying")
    told = _told(_declared(kind), to & permissions.member_ids())
    rows = [
        Notification(
            user_id=user_id,
            kind=kind,
            source_id=source_id,
            target_id=target_id,
            subject_id=subject_id,
            values=dict(values),
            channel=channel,
        )
        for user_id, channel in told.items()
    ]
    # One that is there already stays as it is; the task of its twin then finds nothing to send.
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    unread.forget(told)
    for row in rows:
        if row.channel == Channel.MAIL:
            arguments = {"notification_id": str(row.id), "user_id": str(row.user_id)}
            jobs().enqueue(task="notifications.send_mail", arguments=arguments)


def notification_read(*, notification_id: UUID) -> Notification:
    """Note that the person in scope has read a notification.

    :raises NotificationNotFound: if it is not in their inbox
    """
    with transaction.atomic():
        found = selectors.inbox().filter(id=notification_id).first()
        if found is None:
            raise NotificationNotFound
        found.is_unread = False
        found.save(update_fields=["is_unread"])
        unread.forget([found.user_id])
    return found


def notifications_read_all() -> int:
    """Note that the person in scope has read everything; return how much was new."""
    with transaction.atomic():
        unread.forget([scope.user_id()])
        return selectors.inbox().filter(is_unread=True).update(is_unread=False)


def _declared(name: str) -> Kind:
    kind = notices.find(name)
    if kind is None:
        raise KeyError(f"No module declares the kind {name}.")
    return kind


def _told(kind: Kind, to: frozenset[UUID]) -> dict[UUID, Channel]:
    chosen = selectors.chosen_channels(kind, to)
    return {user_id: channel for user_id, channel in chosen.items() if channel != Channel.OFF}
