"""What customers may be told of competitors and signals."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.webhook_events import declare
from apps.radar import events


def _competitor(event: Any) -> dict[str, Any]:
    return {"id": event.competitor_id}


def _signal(event: Any) -> dict[str, Any]:
    return {"id": event.signal_id, "competitor": event.competitor_id}


def _new_signal(event: Any) -> dict[str, Any]:
    return _signal(event) | {"kind": event.kind, "importance": event.importance}


def _import(event: Any) -> dict[str, Any]:
    return {"id": event.import_id, "count": event.count}


for name, label, event_type, data in [
    ("signal.added", _("Signal added"), events.SignalAdded, _new_signal),
    ("signal.changed", _("Signal changed"), events.SignalChanged, _signal),
    ("signal.deleted", _("Signal deleted"), events.SignalDeleted, _signal),
    ("signal.restored", _("Signal restored"), events.SignalRestored, _signal),
    ("signals.imported", _("Signals imported"), events.SignalsImported, _import),
]:
    declare(name=name, label=label, group=_("Signals"), event_type=event_type, data=data)

for name, label, event_type in [
    ("competitor.added", _("Competitor added"), events.CompetitorAdded),
    ("competitor.changed", _("Competitor changed"), events.CompetitorChanged),
    ("competitor.deleted", _("Competitor deleted"), events.CompetitorDeleted),
    ("competitor.restored", _("Competitor restored"), events.CompetitorRestored),
]:
    declare(name=name, label=label, group=_("Competitors"), event_type=event_type, data=_competitor)
