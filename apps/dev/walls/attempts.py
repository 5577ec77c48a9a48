"""Ways to break in, declared here: what a page sends chooses one, and is never run as Python."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.dev.walls.stage import Stage
from apps.radar.models import Competitor, Signal
from apps.radar.selectors import signals
from apps.radar.services.competitors import competitor_delete

Kind = Literal["code", "orm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """`run` is tried in the scope of one's own workspace, or in none. A read also says which rows it asks for."""

    name: str
    kind: Kind
    title: Any
    source: str
    run: Callable[[Stage], Any]
    reads: Callable[[Stage], QuerySet[Any]] | None = None
    scoped: bool = True


ATTEMPTS = {
    attempt.name: attempt
    for attempt in (
        Attempt(
            name="service",
            kind="code",
            title=_("Call a service with their id"),
            source="competitor_delete(competitor_id=theirs.id)",
            run=lambda stage: competitor_delete(competitor_id=stage.their_competitor.id),
        ),
        Attempt(
            name="selector",
            kind="code",
            title=_("Look for their row through a selector"),
            source="signals().filter(id=theirs.id)",
            run=lambda stage: list(signals().filter(id=stage.their_signal.id)),
            reads=lambda stage: Signal.objects.filter(id=stage.their_signal.id),
        ),
        Attempt(
            name="no_scope",
            kind="orm",
            title=_("Forget the scope"),
            source="Signal.objects.all()    # with no tenant in scope",
            run=lambda stage: list(Signal.objects.all()),
            reads=lambda stage: Signal.objects.all(),
            scoped=False,
        ),
        Attempt(
            name="base_manager",
            kind="orm",
            title=_("Take the manager that nobody overrides"),
            source="Signal._base_manager.all()    # with no tenant in scope",
            run=lambda stage: list(Signal._base_manager.all()),
            reads=lambda stage: Signal._base_manager.all(),
            scoped=False,
        ),
        Attempt(
            name="filter",
            kind="orm",
            title=_("Ask for their rows from your own workspace"),
            source="Signal.objects.filter(tenant_id=theirs)",
            run=lambda stage: list(Signal.objects.filter(tenant_id=stage.their_tenant_id)),
            reads=lambda stage: Signal.objects.filter(tenant_id=stage.their_tenant_id),
        ),
        Attempt(
            name="update",
            kind="orm",
            title=_("Change their row"),
            source='Signal.objects.filter(id=theirs.id).update(title="Stolen")',
            run=lambda stage: Signal.objects.filter(id=stage.their_signal.id).update(title="Stolen"),
        ),
        Attempt(
            name="delete",
            kind="orm",
            title=_("Delete their row"),
            source="Signal.objects.filter(id=theirs.id).delete()",
            run=lambda stage: Signal.objects.filter(id=stage.their_signal.id).delete()[0],
        ),
        Attempt(
            name="plant",
            kind="orm",
            title=_("Put a row into their workspace"),
            source='Competitor.objects.create(tenant_id=theirs, name="Planted")',
            run=lambda stage: Competitor.objects.create(tenant_id=stage.their_tenant_id, name="Planted"),
        ),
        Attempt(
            name="foreign_key",
            kind="orm",
            title=_("Point from your row to theirs"),
            source='Signal.objects.create(competitor_id=theirs.id, title="Mine", kind="press")',
            run=lambda stage: Signal.objects.create(
                competitor_id=stage.their_competitor.id, title="Mine", kind="press"
            ),
        ),
    )
}

#: Statements to begin with. `{theirs}` is the other workspace's id.
STATEMENTS = {
    "read": (_("Read everything"), "select tenant_id, title from radar_signal"),
    "change": (_("Change everything"), "update radar_signal set title = 'Stolen' returning title"),
    "grants": (_("Read what is the platform's"), "select * from events_delivery"),
    "inject": (
        _("Name another tenant: no wall stops this"),
        "select set_config('app.tenant_id', '{theirs}', true), (select string_agg(title, ', ') from radar_signal)",
    ),
}
