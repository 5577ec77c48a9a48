"""What people are told of; see `apps.core.notices`."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.events import KeyEnding
from apps.accounts.models import ApiKey
from apps.core import notices
from apps.core.notices import Channel, Notice


def declare() -> None:
    """Declare the kinds."""
    notices.declare(
        "keys.ending",
        _("An API key of yours runs out"),
        about=KeyEnding,
        tell=_ending,
        title=_("The API key “{key}” runs out on {expires_at}."),
        body=_("Give it a new secret before then, or programs that use it stop working."),
        path=lambda slug, _target_id: reverse("accounts:keys", args=[slug]),
        channel=Channel.MAIL,
    )


def _ending(event: KeyEnding) -> Notice | None:
    """Tell who made it, unless it was replaced or revoked meanwhile."""
    key = ApiKey.objects.filter(id=event.key_id, revoked_at=None, expires_at=event.expires_at).first()
    if key is None or not key.is_usable:
        return None
    values = {"key": key.name, "expires_at": event.expires_at.isoformat()}
    return Notice(to=frozenset({key.created_by_id}), values=values, target_id=key.id)
