"""Changing the competitors that the workspace in scope keeps an eye on."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.changes import Values, assign, validate
from apps.entitlements.interface import entitlements
from apps.events.interface import publish
from apps.radar.events import CompetitorAdded, CompetitorChanged, CompetitorDeleted, CompetitorRestored
from apps.radar.interface import CompetitorExists, CompetitorNotFound
from apps.radar.models import Competitor, Signal


def competitor_add(*, name: str, website: str = "", notes: str = "") -> Competitor:
    """Begin to track a competitor.

    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming the fields that break a rule
    :raises CompetitorExists: if there is one of this name
    :raises LimitReached: if the plan has no room for one more
    """
    permissions.require("radar.write")
    competitor = Competitor(name=name, website=website, notes=notes)
    validate(competitor)
    with transaction.atomic():
        claim_room()
        with one_per_name():
            competitor.save(force_insert=True)
        _record("radar.competitor_added", competitor, after={"name": name, "website": website})
        publish(CompetitorAdded(competitor_id=competitor.id))
    return competitor


def competitor_change(
    *, competitor_id: UUID, name: str | None = None, website: str | None = None, notes: str | None = None
) -> Competitor:
    """Change what is given of a competitor. Nothing is recorded where nothing differs.

    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming the fields that break a rule
    :raises CompetitorExists: if there is another one of this name
    :raises CompetitorNotFound: if there is none with this id
    """
    permissions.require("radar.write")
    with transaction.atomic():
        competitor = locked(competitor_id)
        before, after = assign(competitor, name=name, website=website, notes=notes)
        if not after:
            return competitor
        if "website" in after:  # what is known is about the former one
            competitor.checked_at, competitor.website_state, competitor.website_status = None, "", None
        with one_per_name():
            competitor.save(update_fields=[*after, "checked_at", "website_state", "website_status"])
        _record("radar.competitor_changed", competitor, before=before, after=after)
        publish(CompetitorChanged(competitor_id=competitor.id))
    return competitor


def competitor_delete(*, competitor_id: UUID) -> Competitor:
    """Take a competitor off the radar, and its signals with it. `competitor_restore` brings them back.

    :raises PermissionDenied: if the actor may not write
    :raises CompetitorNotFound: if there is none with this id
    """
    permissions.require("radar.write")
    with transaction.atomic():
        competitor = locked(competitor_id)
        competitor.deleted_at = clock.now()
        competitor.save(update_fields=["deleted_at"])
        _signals_of(competitor).filter(deleted_at=None).update(deleted_at=competitor.deleted_at)
        _record("radar.competitor_deleted", competitor)
        publish(CompetitorDeleted(competitor_id=competitor.id))
    return competitor


def competitor_restore(*, competitor_id: UUID) -> Competitor:
    """Bring a deleted competitor back, with the signals that went with it.

    :raises PermissionDenied: if the actor may not write
    :raises CompetitorNotFound: if no deleted one has this id
    :raises CompetitorExists: if its name has been taken meanwhile
    :raises LimitReached: if the plan has no room for it any more
    """
    permissions.require("radar.write")
    with transaction.atomic():
        competitor = locked(competitor_id, deleted=True)
        claim_room()
        _signals_of(competitor).filter(deleted_at=competitor.deleted_at).update(deleted_at=None)
        competitor.deleted_at = None
        with one_per_name():
            competitor.save(update_fields=["deleted_at"])
        _record("radar.competitor_restored", competitor)
        publish(CompetitorRestored(competitor_id=competitor.id))
    return competitor


def claim_room(amount: int = 1) -> None:
    """Make sure that the plan of the workspace in scope has room for so many more competitors.

    :raises LimitReached: if it has not
    """
    entitlements().claim(tenant_id=scope.tenant_id(), limit="radar.competitors", amount=amount)


def locked(competitor_id: UUID, *, deleted: bool = False) -> Competitor:
    """Return a competitor, locked until the transaction ends, so that nobody changes or deletes it meanwhile.

    :raises CompetitorNotFound: if there is none
    """
    # Not as strict as a plain lock, which would wait for whoever adds signals, such as a long import.
    found = Competitor.objects.select_for_update(no_key=True).filter(
        tenant_id=scope.tenant_id(), id=competitor_id, deleted_at__isnull=not deleted
    )
    competitor = found.first()
    if competitor is None:
        raise CompetitorNotFound
    return competitor


def _signals_of(competitor: Competitor) -> QuerySet[Signal]:
    return Signal.objects.filter(tenant_id=competitor.tenant_id, competitor_id=competitor.id)


@contextmanager
def one_per_name() -> Iterator[None]:
    """Turn a name that is taken into its error.

    :raises CompetitorExists: if the block saves a competitor under the name of another one
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise CompetitorExists(fields={"name": [str(CompetitorExists.message)]}) from error


def _record(
    action: str, competitor: Competitor, *, before: Values | None = None, after: Values | None = None
) -> None:
    audit().record(
        action=action,
        target_type="competitor",
        target_id=competitor.id,
        target_label=competitor.name,
        before=before,
        after=after,
    )
