"""What people are told of the radar; see `apps.core.notices`."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core import notices, permissions, scope
from apps.core.notices import Channel, Notice
from apps.radar.events import SignalAdded
from apps.radar.models import Signal
from apps.tenancy.interface import tenancy


def declare() -> None:
    """Declare the kinds."""
    notices.declare(
        "radar.high_importance_signal",
        _("Somebody adds an important signal"),
        about=SignalAdded,
        tell=_important,
        title=_("{competitor}: “{signal}”"),
        path=_signal_path,
        channel=Channel.DIGEST,
    )


def _signal_path(slug: str, signal_id: UUID | None) -> str:
    return reverse("radar:signal", args=[slug, signal_id])


def _important(event: SignalAdded) -> Notice | None:
    """Tell everybody else who may read it."""
    if event.importance < Signal.Importance.HIGH:
        return None
    found = Signal.objects.select_related("competitor").filter(
        tenant_id=scope.tenant_id(), id=event.signal_id, deleted_at=None
    )
    signal = found.first()
    if signal is None:
        return None
    cause, roles = scope.current().cause, permissions.roles_with("radar.read")
    members = tenancy().list_members(tenant_id=scope.tenant_id())
    readers = {member.user_id for member in members if member.role in roles}
    return Notice(
        to=frozenset(readers - {cause.user_id if cause else None}),
        values={"competitor": signal.competitor.name, "signal": signal.title},
        target_id=signal.id,
    )
