"""Reading the log of the tenant in scope."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.audit.interface import ActorChoice, Entry, Filters, Page
from apps.audit.models import AuditDetail, AuditEntry
from apps.core import actions, scope
from apps.core.errors import Invalid

NOBODY = "—"


def entries(*, filters: Filters, cursor: str, page_size: int) -> Page:
    """Return a page of entries; see `Audit.list_entries`."""
    found = _filtered(filters)
    direction, boundary = _parse(cursor)
    if direction == "before":
        rows = list(found.filter(id__gt=boundary).order_by("id")[: page_size + 1])
        rows, more = rows[:page_size][::-1], len(rows) > page_size
        older, newer = True, more
    else:
        rows = list((found.filter(id__lt=boundary) if boundary else found).order_by("-id")[: page_size + 1])
        rows, more = rows[:page_size], len(rows) > page_size
        older, newer = more, bool(boundary)
    return Page(
        entries=tuple(to_entry(row) for row in rows),
        next=f"after:{rows[-1].id}" if rows and older else "",
        previous=f"before:{rows[0].id}" if rows and newer else "",
    )


def actors() -> tuple[ActorChoice, ...]:
    """Return who appears in the log; see `Audit.list_actors`."""
    labels = (
        AuditDetail.objects.filter(tenant_id=scope.current().tenant_id, entry__actor_id__isnull=False)
        .values_list("entry__actor_id", "actor_label")
        .distinct()
    )
    by_id = {actor_id: label for actor_id, label in labels}
    return tuple(
        ActorChoice(id=actor_id, label=label)
        for actor_id, label in sorted(by_id.items(), key=lambda item: item[1].casefold())
    )


def to_entry(row: AuditEntry) -> Entry:
    """Return the entry as it is shown. One whose details were erased still says what was done."""
    detail = getattr(row, "detail", None) or AuditDetail()
    values = {
        "actor": detail.actor_label or NOBODY,
        "target": detail.target_label or NOBODY,
        "before": _Values(detail.before),
        "after": _Values(detail.after),
    }
    return Entry(
        id=row.id,
        occurred_at=row.occurred_at,
        action=row.action,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_label=values["actor"],
        target_type=row.target_type,
        target_id=row.target_id,
        target_label=detail.target_label,
        sentence=_sentence(row.action, values),
        address=detail.address or "",
        request_id=row.request_id,
        before=detail.before,
        after=detail.after,
    )


class _Values(dict[str, Any]):
    """The values of an entry inside its sentence; one that is not there reads as a dash."""

    def __missing__(self, name: str) -> str:
        return NOBODY


def _sentence(action: str, values: dict[str, Any]) -> str:
    try:
        template = str(actions.get(action).sentence)
    except KeyError:  # The module that declared it has been removed; its entries stay.
        template = _("{actor} did “%(action)s” to {target}.") % {"action": action}
    return template.format(**values)


def _filtered(filters: Filters) -> QuerySet[AuditEntry]:
    wanted = {
        "actor_id": filters.actor_id,
        "action": filters.action,
        "target_id": filters.target_id,
        "occurred_at__gte": filters.since,
        "occurred_at__lt": filters.until,
    }
    given = {name: value for name, value in wanted.items() if value}
    return AuditEntry.objects.filter(tenant_id=scope.current().tenant_id, **given).select_related("detail")


def _parse(cursor: str) -> tuple[str, UUID | None]:
    if not cursor:
        return "after", None
    direction, _separator, boundary = cursor.partition(":")
    try:
        if direction not in ("after", "before"):
            raise ValueError(direction)
        return direction, UUID(boundary)
    except ValueError as error:
        raise Invalid(
            fields={"cursor": ["This page link is not valid. Start from the first page."]}
        ) from error
