"""Changing the signals of the workspace in scope."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.changes import Values, assign, validate
from apps.core.errors import Invalid
from apps.events.interface import publish
from apps.radar.events import SignalAdded, SignalChanged, SignalDeleted, SignalRestored
from apps.radar.interface import CompetitorGone, CompetitorNotFound, SignalNotFound
from apps.radar.models import Competitor, Signal
from apps.radar.services.competitors import locked as locked_competitor
from apps.radar.services.values import read_values

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
TOLERANCE = timedelta(minutes=5)  # other people's clocks run ahead


def signal_add(
    *,
    competitor_id: UUID,
    title: str,
    kind: str,
    source_url: str = "",
    importance: int = Signal.Importance.MEDIUM,
    seen_at: datetime | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Signal:
    """Note what a competitor did.

    :param seen_at: now when left out
    :param attributes: values by the slugs of the workspace's attributes
    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming the fields that break a rule
    """
    permissions.require("radar.write")
    signal = Signal(
        title=title,
        kind=kind,
        source_url=source_url,
        importance=importance,
        seen_at=_checked_time(seen_at or clock.now()),
    )
    validate(signal)
    with transaction.atomic():
        values = read_values(attributes)
        signal.competitor = _competitor(competitor_id)
        _before, noted = values.assign(signal)
        signal.save(force_insert=True)
        values.write(signal)
        _record(
            "radar.signal_added",
            signal,
            after={"competitor": signal.competitor.name, "title": title, **noted},
        )
        publish(
            SignalAdded(
                signal_id=signal.id, competitor_id=competitor_id, kind=kind, importance=signal.importance
            )
        )
    return signal


def signal_change(
    *,
    signal_id: UUID,
    competitor_id: UUID | None = None,
    title: str | None = None,
    kind: str | None = None,
    source_url: str | None = None,
    importance: int | None = None,
    seen_at: datetime | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Signal:
    """Change what is given of a signal. Nothing is recorded where nothing differs.

    :param attributes: values by the slugs of the workspace's attributes; None takes one away
    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming the fields that break a rule
    :raises SignalNotFound: if there is none with this id
    """
    permissions.require("radar.write")
    with transaction.atomic():
        values = read_values(attributes)
        if competitor_id:
            _competitor(competitor_id)
        signal = _locked(signal_id)
        before, after = assign(
            signal,
            competitor_id=competitor_id,
            title=title,
            kind=kind,
            source_url=source_url,
            importance=importance,
            seen_at=seen_at and _checked_time(seen_at),
        )
        had, has = values.assign(signal)
        if not (after or has):
            return signal
        signal.save(update_fields=[*after, "attributes"])
        values.write(signal)
        _record("radar.signal_changed", signal, before=before | had, after=after | has)
        publish(SignalChanged(signal_id=signal.id, competitor_id=signal.competitor_id))
    return signal


def signal_delete(*, signal_id: UUID) -> Signal:
    """Take a signal off the radar. `signal_restore` brings it back.

    :raises PermissionDenied: if the actor may not write
    :raises SignalNotFound: if there is none with this id
    """
    permissions.require("radar.write")
    with transaction.atomic():
        signal = _locked(signal_id)
        signal.deleted_at = clock.now()
        signal.save(update_fields=["deleted_at"])
        _record("radar.signal_deleted", signal)
        publish(SignalDeleted(signal_id=signal.id, competitor_id=signal.competitor_id))
    return signal


def signal_restore(*, signal_id: UUID) -> Signal:
    """Bring a deleted signal back.

    :raises PermissionDenied: if the actor may not write
    :raises SignalNotFound: if no deleted one has this id
    :raises CompetitorGone: if its competitor is deleted
    """
    permissions.require("radar.write")
    with transaction.atomic():
        _demand_competitor_of(signal_id)
        signal = _locked(signal_id, deleted=True)
        signal.deleted_at = None
        signal.save(update_fields=["deleted_at"])
        _record("radar.signal_restored", signal)
        publish(SignalRestored(signal_id=signal.id, competitor_id=signal.competitor_id))
    return signal


def _locked(signal_id: UUID, *, deleted: bool = False) -> Signal:
    found = Signal.objects.select_for_update().filter(
        tenant_id=scope.tenant_id(), id=signal_id, deleted_at__isnull=not deleted
    )
    signal = found.first()
    if signal is None:
        raise SignalNotFound
    return signal


# A competitor is locked before its signals, always, so that no two of these wait for each other.


def _demand_competitor_of(signal_id: UUID) -> None:
    """Lock the competitor of a signal.

    :raises CompetitorGone: if it is deleted
    """
    signal = Signal.objects.filter(tenant_id=scope.tenant_id(), id=signal_id).first()
    if signal is None:
        raise SignalNotFound
    try:
        locked_competitor(signal.competitor_id)
    except CompetitorNotFound as error:
        raise CompetitorGone from error


def _competitor(competitor_id: UUID) -> Competitor:
    try:
        return locked_competitor(competitor_id)
    except CompetitorNotFound as error:
        raise Invalid(fields={"competitor": [_("Choose one of your competitors.")]}) from error


def _checked_time(seen_at: datetime) -> datetime:
    if not EARLIEST <= seen_at <= clock.now() + TOLERANCE:
        raise Invalid(fields={"seen_at": [_("Choose a time between the year 2000 and now.")]})
    return seen_at


def _record(
    action: str, signal: Signal, *, before: Values | None = None, after: Values | None = None
) -> None:
    audit().record(
        action=action,
        target_type="signal",
        target_id=signal.id,
        target_label=signal.title,
        before=before,
        after=after,
    )
