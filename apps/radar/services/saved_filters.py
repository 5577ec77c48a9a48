"""Keeping filters of the list of signals under a name."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import permissions, scope
from apps.core.changes import Values, assign, validate
from apps.core.errors import Conflict, NotFound
from apps.radar.interface import SavedFilterExists
from apps.radar.models import SavedFilter

MOST = 50  # of one person, or shared


def saved_filter_add(
    *, name: str, query: str, is_shared: bool = False, is_default: bool = False
) -> SavedFilter:
    """Save a filter for the person in scope, or for everybody in the workspace.

    :param query: the filter as it stands in an address
    :param is_default: whether the list of signals opens with it
    :raises PermissionDenied: if the actor may not read signals, or not share
    :raises Invalid: naming the fields that break a rule
    :raises SavedFilterExists: if there is one of this name
    :raises Conflict: if there are too many
    """
    permissions.require("radar.share" if is_shared else "radar.read")
    saved = SavedFilter(
        owner_id=scope.user_id(), name=name, query=query, is_shared=is_shared, is_default=is_default
    )
    validate(saved)
    with transaction.atomic():
        if _beside(saved).count() >= MOST:
            raise Conflict(_("There are %(most)d saved filters. Delete one first.") % {"most": MOST})
        _make_way_for(saved)
        with _one_per_name():
            saved.save(force_insert=True)
        _record("radar.filter_saved", saved, after={"query": query})
    return saved


def saved_filter_change(
    *,
    saved_filter_id: UUID,
    name: str | None = None,
    query: str | None = None,
    is_shared: bool | None = None,
    is_default: bool | None = None,
) -> SavedFilter:
    """Change what is given of a saved filter.

    :raises PermissionDenied: if it is or becomes shared, and the actor may not share
    :raises Invalid: naming the fields that break a rule
    :raises SavedFilterExists: if there is another one of this name
    :raises NotFound: if the person in scope sees none with this id
    """
    with transaction.atomic():
        saved = _locked(saved_filter_id)
        before, after = assign(saved, name=name, query=query, is_shared=is_shared, is_default=is_default)
        if saved.is_shared:
            permissions.require("radar.share")
        if not after:
            return saved
        _make_way_for(saved)
        with _one_per_name():
            saved.save(update_fields=list(after))
        _record("radar.filter_changed", saved, before=before, after=after)
    return saved


def saved_filter_delete(*, saved_filter_id: UUID) -> SavedFilter:
    """Delete a saved filter. The signals stay.

    :raises PermissionDenied: if it is shared, and the actor may not share
    :raises NotFound: if the person in scope sees none with this id
    """
    with transaction.atomic():
        saved = _locked(saved_filter_id)
        _record("radar.filter_deleted", saved, before={"query": saved.query})
        SavedFilter.objects.filter(tenant_id=saved.tenant_id, id=saved.id).delete()
    return saved


def _locked(saved_filter_id: UUID) -> SavedFilter:
    permissions.require("radar.read")
    visible = Q(is_shared=True) | Q(owner_id=scope.user_id())
    found = SavedFilter.objects.select_for_update().filter(
        visible, tenant_id=scope.tenant_id(), id=saved_filter_id
    )
    saved = found.first()
    if saved is None:
        raise NotFound(_("We can't find this filter. It may have been deleted."))
    if saved.is_shared:
        permissions.require("radar.share")
    return saved


def _beside(saved: SavedFilter) -> QuerySet[SavedFilter]:
    """Return the filters that share their names and their default with this one."""
    found = SavedFilter.objects.filter(tenant_id=scope.tenant_id(), is_shared=saved.is_shared)
    return (found if saved.is_shared else found.filter(owner_id=saved.owner_id)).exclude(id=saved.id)


def _make_way_for(saved: SavedFilter) -> None:
    if saved.is_default:
        _beside(saved).filter(is_default=True).update(is_default=False)


@contextmanager
def _one_per_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise SavedFilterExists(fields={"name": [str(SavedFilterExists.message)]}) from error


def _record(
    action: str, saved: SavedFilter, *, before: Values | None = None, after: Values | None = None
) -> None:
    """Note what concerns others; how people arrange their own list is their own affair."""
    if saved.is_shared:
        audit().record(
            action=action,
            target_type="saved_filter",
            target_id=saved.id,
            target_label=saved.name,
            before=before,
            after=after,
        )
