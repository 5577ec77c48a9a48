"""Reading inboxes and preferences: those of the person in scope, in the workspace in scope."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from apps.core import notices, scope
from apps.core.notices import Channel, Kind
from apps.notifications.models import Notification, Preference, Suppression


def inbox() -> QuerySet[Notification]:
    """Return what the person was told, unread first, then newest first. Kinds of removed modules are left out."""
    names = [kind.name for kind in notices.declared()]
    found = Notification.objects.filter(tenant_id=scope.tenant_id(), user_id=scope.user_id(), kind__in=names)
    return found.order_by("-is_unread", "-id")


def count_unread() -> int:
    """Return how many notifications the person in scope has not read."""
    return inbox().filter(is_unread=True).count()


def chosen_channels(kind: Kind, user_ids: Iterable[UUID]) -> dict[UUID, Channel]:
    """Return how each of some people wants to be told of a kind."""
    chosen = Preference.objects.filter(tenant_id=scope.tenant_id(), kind=kind.name, user_id__in=user_ids)
    said = dict(chosen.values_list("user_id", "channel"))
    return {user_id: Channel(said.get(user_id, kind.channel)) for user_id in user_ids}


def own_channels() -> dict[str, Channel]:
    """Return how the person wants to be told, by the name of each kind."""
    chosen = Preference.objects.filter(tenant_id=scope.tenant_id(), user_id=scope.user_id())
    said = dict(chosen.values_list("kind", "channel"))
    return {kind.name: Channel(said.get(kind.name, kind.channel)) for kind in notices.declared()}


def is_suppressed(address: str) -> bool:
    """Tell whether mail to an address bounced, or its reader complained, and staff have not released it."""
    return Suppression.objects.filter(address=address.lower()).exists()
