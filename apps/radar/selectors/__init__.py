"""Reading the radar of the tenant in scope."""

from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from apps.core import scope
from apps.core.errors import NotFound
from apps.radar.interface import CompetitorNotFound, SignalNotFound
from apps.radar.models import Competitor, Import, SavedFilter, Signal


def competitors() -> QuerySet[Competitor]:
    """Return the competitors by name."""
    return Competitor.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None).order_by("name", "id")


def count_competitors(tenant_id: UUID) -> int:
    """Count the competitors that are not deleted."""
    return Competitor.objects.filter(tenant_id=tenant_id, deleted_at=None).count()


def competitors_with_news() -> QuerySet[Competitor]:
    """Return the competitors by name, each with `last_seen_at`, the time of its newest signal."""
    newest = signals().filter(competitor_id=OuterRef("id")).values("seen_at")[:1]
    return competitors().annotate(last_seen_at=Subquery(newest))


def competitor(competitor_id: UUID) -> Competitor:
    """Return a competitor.

    :raises CompetitorNotFound: if there is none
    """
    found = competitors().filter(id=competitor_id).first()
    if found is None:
        raise CompetitorNotFound
    return found


def signals() -> QuerySet[Signal]:
    """Return the signals with their competitor, newest first."""
    return (
        Signal.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None)
        .select_related("competitor")
        .order_by("-seen_at", "-id")
    )


def signal(signal_id: UUID) -> Signal:
    """Return a signal with its competitor.

    :raises SignalNotFound: if there is none
    """
    found = signals().filter(id=signal_id).first()
    if found is None:
        raise SignalNotFound
    return found


def import_file(import_id: UUID) -> Import:
    """Return an import of the person in scope that is not finished.

    :raises NotFound: if there is none
    """
    found = Import.objects.filter(
        tenant_id=scope.tenant_id(), id=import_id, owner_id=scope.user_id(), finished_at=None
    ).first()
    if found is None:
        raise NotFound(_("This import is finished or was discarded. Choose the file again."))
    return found


def saved_filters() -> QuerySet[SavedFilter]:
    """Return the filters that the person in scope saved, then those shared with everybody, by name."""
    visible = Q(is_shared=True) | Q(owner_id=scope.current().user_id)
    return SavedFilter.objects.filter(visible, tenant_id=scope.tenant_id()).order_by(
        "is_shared", "name", "id"
    )


def saved_filter(saved_filter_id: UUID) -> SavedFilter:
    """Return a saved filter that the person in scope sees.

    :raises NotFound: if there is none
    """
    found = saved_filters().filter(id=saved_filter_id).first()
    if found is None:
        raise NotFound(_("We can't find this filter. It may have been deleted."))
    return found
