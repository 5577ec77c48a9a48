"""What people are told of webhooks; see `apps.core.notices`."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notices, scope
from apps.core.notices import Channel, Notice
from apps.core.permissions import OWNER
from apps.tenancy.interface import tenancy
from apps.webhooks.events import EndpointDisabled
from apps.webhooks.models import Endpoint


def declare() -> None:
    """Declare the kinds."""
    notices.declare(
        "webhooks.endpoint_disabled",
        _("A webhook is turned off"),
        about=EndpointDisabled,
        tell=_disabled,
        title=_("The webhook {address} was turned off."),
        body=_("Events could not be delivered there. Once it works again, turn it on and send what failed."),
        path=_endpoint_path,
        channel=Channel.MAIL,
    )


def _endpoint_path(slug: str, endpoint_id: UUID | None) -> str:
    return reverse("webhooks:endpoint", args=[slug, endpoint_id])


def _disabled(event: EndpointDisabled) -> Notice | None:
    """Tell the owners, unless it is on again."""
    endpoint = Endpoint.objects.filter(id=event.endpoint_id, deleted_at=None).first()
    if endpoint is None or endpoint.is_enabled:
        return None
    members = tenancy().list_members(tenant_id=scope.tenant_id())
    return Notice(
        to=frozenset(
            member.user_id for member in members if member.role == OWNER and not member.is_suspended
        ),
        values={"address": endpoint.url},
        target_id=endpoint.id,
    )
