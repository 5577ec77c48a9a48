"""How people want to be told."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import notices, scope
from apps.core.errors import Invalid
from apps.core.notices import Channel
from apps.notifications import selectors
from apps.notifications.models import Preference


def preferences_save(*, channels: Mapping[str, str]) -> None:
    """Note how the person in scope wants to be told of some kinds in the workspace in scope.

    :param channels: by the names of kinds
    :raises Invalid: naming the kinds or channels that there are not
    """
    wrong = {
        name: [_("Choose one of the list.")]
        for name, channel in channels.items()
        if notices.find(name) is None or channel not in Channel.values
    }
    if wrong:
        raise Invalid(fields=wrong)
    before = selectors.own_channels()
    changed = {name: channel for name, channel in channels.items() if before[name] != channel}
    with transaction.atomic():
        _save(scope.user_id(), changed)


def mail_stop(*, user_id: UUID, kind: str) -> None:
    """Send a person no more mail of a kind from the workspace in scope; their inbox still has it.

    :param kind: empty for all that comes in the daily digest
    """
    with scope.use(user_id=user_id), transaction.atomic():
        present = selectors.own_channels()
        wanted = {kind} if kind else {name for name, found in present.items() if found == Channel.DIGEST}
        stopped = {
            name: Channel.INBOX.value
            for name in wanted & present.keys()
            if present[name] in (Channel.MAIL, Channel.DIGEST)
        }
        _save(user_id, stopped)


def _save(user_id: UUID, channels: Mapping[str, str]) -> None:
    Preference.objects.bulk_create(
        [Preference(user_id=user_id, kind=name, channel=channel) for name, channel in channels.items()],
        update_conflicts=True,
        unique_fields=["tenant_id", "user_id", "kind"],
        update_fields=["channel"],
    )
