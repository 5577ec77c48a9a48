"""Mailing what people were told: one at once, or those of a day together.

The note that a mail server took a mail is written after it did. A process that dies between the two sends the mail
once more, with the same Message-ID, by which mail programs know it again. Nothing else sends one twice.
"""

import smtplib
from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.interface import Person, accounts
from apps.core import clock, notices, permissions, scope
from apps.core.mail import compose, deliver
from apps.core.notices import Channel
from apps.jobs.interface import jobs
from apps.notifications import selectors
from apps.notifications.models import Notification
from apps.notifications.services.stopping import stop_url
from apps.tenancy.interface import Workspace, tenancy

DIGEST_AT = time(8)  # on the reader's clock
MOST = 50  # notifications in a digest; the inbox has the rest

log = structlog.get_logger(__name__)


def notification_mail(*, notification_id: UUID, user_id: UUID) -> None:
    """Mail a notification to its person, unless that was done, or they have left or can't be reached.

    :raises OSError, AnymailError: if the mail server does not take it
    """
    with scope.use(user_id=user_id), transaction.atomic():
        waiting = selectors.inbox().filter(id=notification_id, mailed_at=None)
        _mail(waiting, user_id, _one)


def digest_mail(*, user_id: UUID) -> None:
    """Mail a person the daily news of the workspace in scope that they have not read, as `notification_mail` does."""
    with scope.use(user_id=user_id), transaction.atomic():
        waiting = selectors.inbox().filter(channel=Channel.DIGEST, mailed_at=None, is_unread=True)
        _mail(waiting, user_id, _many)


def digests_begin() -> None:
    """Have a digest mailed to each person for whom it is past 8, of what they were told before 8."""
    with scope.as_role("platform"):
        waiting = Notification.objects.filter(channel=Channel.DIGEST, mailed_at=None, is_unread=True)
        oldest = {
            (tenant_id, user_id): created_at
            for tenant_id, user_id, created_at in waiting.order_by("-created_at").values_list(
                "tenant_id", "user_id", "created_at"
            )
        }
    zones = _time_zones({user_id for _tenant_id, user_id in oldest})
    for (tenant_id, user_id), created_at in oldest.items():
        if user_id in zones and created_at < _last_eight(zones[user_id]):
            with scope.use(tenant_id=tenant_id):
                arguments = {"user_id": str(user_id)}
                unique = f"{tenant_id} {user_id}"
                jobs().enqueue(task="notifications.send_digest", arguments=arguments, unique=unique)


def _mail(
    waiting: QuerySet[Notification],
    user_id: UUID,
    write: Callable[[Person, Workspace, list[Notification]], EmailMultiAlternatives],
) -> None:
    found = list(waiting.select_for_update())
    if not found:
        return
    rows = Notification.objects.filter(id__in=[row.id for row in found])
    if user_id in permissions.member_ids():
        person = accounts().get_person(user_id=user_id)
        workspace = tenancy().get_workspace(tenant_id=scope.tenant_id())
        if _delivered(write(person, workspace, found)):
            rows.update(mailed_at=clock.now())
            return
    rows.update(channel=Channel.INBOX)  # no mail waits any more


def _delivered(message: EmailMultiAlternatives) -> bool:
    """Send a mail; return False if its address is suppressed, or the server refuses the mailbox for good."""
    try:
        return deliver(message)
    except smtplib.SMTPRecipientsRefused as error:
        if any(code < 500 for code, _reason in error.recipients.values()):
            raise
        log.warning(
            "notifications.mailbox_refused", codes=[code for code, _reason in error.recipients.values()]
        )
        return False


def _one(person: Person, workspace: Workspace, found: list[Notification]) -> EmailMultiAlternatives:
    return _written("notice", person, workspace, found, kind=found[0].kind)


def _many(person: Person, workspace: Workspace, found: list[Notification]) -> EmailMultiAlternatives:
    return _written("digest", person, workspace, found, kind="")


def _written(
    template: str, person: Person, workspace: Workspace, found: list[Notification], *, kind: str
) -> EmailMultiAlternatives:
    stop = stop_url(tenant_id=workspace.id, user_id=person.id, kind=kind)
    base_url = tenancy().get_base_url(tenant_id=workspace.id)
    context = {
        "workspace": workspace.name,
        "slug": workspace.slug,
        "items": [_Item(row, base_url, workspace.slug) for row in found[:MOST]],
        "count": len(found),
        "base_url": base_url,
        "stop_url": stop,
    }
    message = compose(
        f"notifications/email/{template}",
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context=context,
    )
    message.extra_headers |= {
        "Message-ID": f"<{found[0].id}@{_domain()}>",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return message


class _Item:
    """A notification in a mail; its sentences are made while the reader's language is on."""

    def __init__(self, row: Notification, base_url: str, slug: str) -> None:
        self._row, self._base_url, self._slug = row, base_url, slug
        self._kind = notices.find(row.kind)
        self.created_at: datetime = row.created_at

    def title(self) -> str:
        return self._kind.title_with(self._row.values) if self._kind else ""

    def body(self) -> str:
        return self._kind.body_with(self._row.values) if self._kind else ""

    def label(self) -> Any:
        return self._kind.label if self._kind else ""

    def url(self) -> str:
        return self._base_url + (self._kind.path(self._slug, self._row.target_id) if self._kind else "")


def _time_zones(user_ids: set[UUID]) -> dict[UUID, ZoneInfo]:
    people = accounts().list_people(user_ids=tuple(user_ids))
    return {person.id: ZoneInfo(person.time_zone) for person in people}


def _last_eight(zone: ZoneInfo) -> datetime:
    """Return today's 8 o'clock on a zone's clock; before it is, a time before everything."""
    now = clock.now().astimezone(zone)
    eight = datetime.combine(now.date(), DIGEST_AT, tzinfo=zone)
    return eight if now >= eight else datetime.min.replace(tzinfo=zone)


def _domain() -> str:
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].rstrip(">")
