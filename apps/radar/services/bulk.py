"""Changing many signals or competitors of the workspace in scope at once, in one transaction.

Each row has its own entry in the audit log. What was deleted together is brought back together: all of it carries
the same `deleted_at`.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from apps.audit.interface import Change, audit
from apps.core import clock, permissions, scope
from apps.core.changes import plain, validate
from apps.core.errors import Invalid
from apps.events.interface import Event, publish_many
from apps.radar.events import (
    CompetitorDeleted,
    CompetitorRestored,
    SignalChanged,
    SignalDeleted,
    SignalRestored,
)
from apps.radar.models import Competitor, Signal
from apps.radar.services.competitors import claim_room, one_per_name

#: How many rows one act may take. Each is locked, recorded and told.
MOST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the rows that were asked for.

    `left` were as wanted already, or can't come back; `gone` are deleted, or never were. `deleted_at` marks what
    was deleted together.
    """

    done: int
    left: int = 0
    gone: int = 0
    deleted_at: datetime | None = None


def signals_change(
    *, signal_ids: Collection[UUID], kind: str | None = None, importance: int | None = None
) -> Outcome:
    """Set the kind or the importance of signals.

    :raises PermissionDenied: if the actor may not write
    :raises Invalid: if there are too many, if nothing is to be set, or naming the fields that break a rule
    """
    permissions.require("radar.write")
    wanted = {
        name: value for name, value in (("kind", kind), ("importance", importance)) if value not in (None, "")
    }
    if not wanted:
        raise Invalid(_("Choose what to change."))
    validate(Signal(**{"title": "-", "kind": Signal.Kind.PRESS} | wanted))
    _demand_few(signal_ids)
    with transaction.atomic():
        rows = _locked_signals(signal_ids)
        changed = [row for row in rows if any(getattr(row, name) != value for name, value in wanted.items())]
        _own(Signal).filter(id__in=[row.id for row in changed]).update(**wanted)
        _record("radar.signal_changed", "signal", [_signal_change(row, wanted) for row in changed])
        _tell(SignalChanged, changed)
    return Outcome(done=len(changed), left=len(rows) - len(changed), gone=len(set(signal_ids)) - len(rows))


def signals_delete(*, signal_ids: Collection[UUID]) -> Outcome:
    """Take signals off the radar. `signals_restore` brings them back.

    :raises PermissionDenied: if the actor may not write
    :raises Invalid: if there are too many
    """
    permissions.require("radar.write")
    _demand_few(signal_ids)
    with transaction.atomic():
        rows = _locked_signals(signal_ids)
        now = clock.now()
        _own(Signal).filter(id__in=[row.id for row in rows]).update(deleted_at=now)
        _record("radar.signal_deleted", "signal", [_named(row.id, row.title) for row in rows])
        _tell(SignalDeleted, rows)
    return Outcome(done=len(rows), gone=len(set(signal_ids)) - len(rows), deleted_at=now)


def signals_restore(*, deleted_at: datetime) -> Outcome:
    """Bring the signals back that were deleted together. Those of a deleted competitor are left.

    :raises PermissionDenied: if the actor may not write
    """
    permissions.require("radar.write")
    deleted = _own(Signal).filter(deleted_at=deleted_at)
    with transaction.atomic():
        living = {row.id for row in _locked_competitors_of(deleted) if not row.deleted_at}
        rows = list(deleted.select_for_update().order_by("id"))
        back = [row for row in rows if row.competitor_id in living]
        _own(Signal).filter(id__in=[row.id for row in back]).update(deleted_at=None)
        _record("radar.signal_restored", "signal", [_named(row.id, row.title) for row in back])
        _tell(SignalRestored, back)
    return Outcome(done=len(back), left=len(rows) - len(back))


def competitors_delete(*, competitor_ids: Collection[UUID]) -> Outcome:
    """Take competitors off the radar, and their signals with them. `competitors_restore` brings them back.

    :raises PermissionDenied: if the actor may not write
    :raises Invalid: if there are too many
    """
    permissions.require("radar.write")
    _demand_few(competitor_ids)
    with transaction.atomic():
        found = _own(Competitor).filter(id__in=competitor_ids, deleted_at=None)
        rows = list(found.select_for_update(no_key=True).order_by("id"))
        now, ids = clock.now(), [row.id for row in rows]
        _own(Signal).filter(competitor_id__in=ids, deleted_at=None).update(deleted_at=now)
        _own(Competitor).filter(id__in=ids).update(deleted_at=now)
        _record("radar.competitor_deleted", "competitor", [_named(row.id, row.name) for row in rows])
        publish_many(tuple(CompetitorDeleted(competitor_id=row.id) for row in rows))
    return Outcome(done=len(rows), gone=len(set(competitor_ids)) - len(rows), deleted_at=now)


def competitors_restore(*, deleted_at: datetime) -> Outcome:
    """Bring the competitors back that were deleted together, with the signals that went with them.

    Those whose name has been taken meanwhile are left.

    :raises PermissionDenied: if the actor may not write
    :raises CompetitorExists: if a name is taken at this very moment
    :raises LimitReached: if the plan has no room for all of them any more
    """
    permissions.require("radar.write")
    with transaction.atomic():
        deleted = _own(Competitor).filter(deleted_at=deleted_at)
        rows = list(deleted.select_for_update(no_key=True).order_by("id"))
        taken = _taken_names(rows)
        back = [row for row in rows if row.name.lower() not in taken]
        ids = [row.id for row in back]
        claim_room(len(ids))
        _own(Signal).filter(competitor_id__in=ids, deleted_at=deleted_at).update(deleted_at=None)
        with one_per_name():
            _own(Competitor).filter(id__in=ids).update(deleted_at=None)
        _record("radar.competitor_restored", "competitor", [_named(row.id, row.name) for row in back])
        publish_many(tuple(CompetitorRestored(competitor_id=row.id) for row in back))
    return Outcome(done=len(back), left=len(rows) - len(back))


def _taken_names(rows: Sequence[Competitor]) -> set[str]:
    names = [row.name.lower() for row in rows]
    living = _own(Competitor).filter(deleted_at=None).annotate(lowered=Lower("name"))
    return set(living.filter(lowered__in=names).values_list("lowered", flat=True))


def _demand_few(ids: Collection[UUID]) -> None:
    if not ids:
        raise Invalid(_("Tick at least one row first."))
    if len(ids) > MOST:
        raise Invalid(_("That is more than %(most)d at once. Narrow the list first.") % {"most": MOST})


def _own(model: Any) -> QuerySet[Any]:
    return model.objects.filter(tenant_id=scope.tenant_id())


# Competitors are locked before their signals, and both by their ids, so that no two acts wait for each other.


def _locked_competitors_of(signals: QuerySet[Signal]) -> list[Competitor]:
    ids = set(signals.order_by().values_list("competitor_id", flat=True).distinct())
    return list(_own(Competitor).filter(id__in=ids).select_for_update(no_key=True).order_by("id"))


def _locked_signals(signal_ids: Collection[UUID]) -> list[Signal]:
    found = _own(Signal).filter(id__in=signal_ids, deleted_at=None)
    _locked_competitors_of(found)
    return list(found.select_for_update().order_by("id"))


def _signal_change(row: Signal, wanted: dict[str, Any]) -> Change:
    differing = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    return Change(
        target_id=row.id,
        target_label=row.title,
        before={name: plain(getattr(row, name)) for name in differing},
        after={name: plain(value) for name, value in differing.items()},
    )


def _named(row_id: UUID, label: str) -> Change:
    return Change(target_id=row_id, target_label=label, before={}, after={})


def _record(action: str, target_type: str, changes: Sequence[Change]) -> None:
    audit().record_many(action=action, target_type=target_type, changes=tuple(changes))


def _tell(event: Callable[..., Event], rows: Sequence[Signal]) -> None:
    publish_many(tuple(event(signal_id=row.id, competitor_id=row.competitor_id) for row in rows))
