"""The link in every mail that stops the next one, without a log-in (RFC 8058)."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from apps.core.errors import NotFound

SALT = "notifications.stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Whom a link stops mail to, and of which kind; of the daily digest where it names none."""

    tenant_id: UUID
    user_id: UUID
    kind: str


def stop_url(*, tenant_id: UUID, user_id: UUID, kind: str) -> str:
    """Return the link. It works for ever: a mail may be read late."""
    token = signing.dumps([str(tenant_id), str(user_id), kind], salt=SALT)
    return str(settings.BASE_URL) + reverse("notifications_mail:stop", args=[token])


def read_token(token: str) -> Stop:
    """Return what a link stops.

    :raises NotFound: if it was not made here
    """
    try:
        tenant_id, user_id, kind = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFound from error
    return Stop(tenant_id=UUID(tenant_id), user_id=UUID(user_id), kind=kind)
