"""Reading the log of the tenant in scope."""

from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.audit.interface import ActorChoice, Choices, Entry, Filters, Page
from apps.audit.models import AuditDetail, AuditEntry
from apps.core import actions, permissions, scope
from apps.core.pages import page_of

NOBODY = "—"

# These hop through an index from one value to the next: as slow as there are values, not as there are entries.
ACTORS = """
    with recursive actor as (
        (select actor_id as id from audit_entry where tenant_id = %(tenant)s order by actor_id limit 1)
        union all
        select (select actor_id from audit_entry where tenant_id = %(tenant)s and actor_id > actor.id
                order by actor_id limit 1)
        from actor where actor.id is not null
    )
    select actor.id, detail.actor_label from actor
    cross join lateral (
        select id from audit_entry
        where tenant_id = %(tenant)s and actor_id = actor.id order by occurred_at desc, id desc limit 1
    ) newest
    left join audit_detail detail on detail.tenant_id = %(tenant)s and detail.entry_id = newest.id
    where actor.id is not null
"""
ACTIONS = """
    with recursive found as (
        (select action from audit_entry where tenant_id = %(tenant)s order by action limit 1)
        union all
        select (select action from audit_entry where tenant_id = %(tenant)s and action > found.action
                order by action limit 1)
        from found where found.action is not null
    )
    select action from found where action is not null
"""


def entries(*, filters: Filters, cursor: str, page_size: int) -> Page:
    """Return a page of entries; see `Audit.list_all_entries`."""
    page = page_of(_filtered(filters), cursor=cursor, size=page_size)
    return Page(entries=tuple(to_entry(row) for row in page.rows), next=page.next, previous=page.previous)


def choices() -> Choices:
    """Return what the log can be filtered by; see `Audit.list_choices`."""
    tenant = {"tenant": scope.tenant_id()}
    with connection.cursor() as cursor:
        cursor.execute(ACTORS, tenant)
        actors = [ActorChoice(id=actor_id, label=label or NOBODY) for actor_id, label in cursor.fetchall()]
        cursor.execute(ACTIONS, tenant)
        names = tuple(name for (name,) in cursor.fetchall())
    return Choices(actors=tuple(sorted(actors, key=lambda actor: actor.label.casefold())), actions=names)


def to_entry(row: AuditEntry) -> Entry:
    """Return the entry as it is shown. One whose details were erased still says what was done."""
    detail = getattr(row, "detail", None) or AuditDetail()
    before, after = permissions.in_words(detail.before), permissions.in_words(detail.after)
    values: dict[str, Any] = {
        "actor": _actor(row, detail),
        "target": detail.target_label or NOBODY,
        "product": settings.PRODUCT_NAME,
        "before": _Values(before),
        "after": _Values(after),
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
        before=before,
        after=after,
    )


def _actor(row: AuditEntry, detail: AuditDetail) -> str:
    """Name who did it; of support, both the member of staff and whom they stood in for."""
    actor = detail.actor_label or NOBODY
    if row.on_behalf_of_id is None:
        return actor
    names = {"staff": actor, "person": detail.on_behalf_of_label or NOBODY, "product": settings.PRODUCT_NAME}
    return _("%(staff)s (%(product)s support) as %(person)s") % names


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
    return _visible().filter(**given).select_related("detail").order_by("-occurred_at", "-id")


def _visible() -> QuerySet[AuditEntry]:
    if tenant_id := scope.current().tenant_id:
        return AuditEntry.objects.filter(tenant_id=tenant_id)
    return AuditEntry.objects.filter(tenant_id=None, target_type="person", target_id=scope.user_id())
