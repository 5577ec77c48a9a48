"""Ways to break in, declared here: what a page sends chooses one, and is never run as Python."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.dev.walls.stage import Stage
from apps.tenancy.models import Role
from apps.tenancy.selectors import role_to_change
from apps.tenancy.services.roles import role_delete

Kind = Literal["code", "orm", "product"]


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


ATTEMPTS = (
    Attempt(
        name="service",
        kind="code",
        title=_("Call a service with their id"),
        source="role_delete(role_id=theirs.id)",
        run=lambda stage: role_delete(role_id=stage.their_role.id),
    ),
    Attempt(
        name="selector",
        kind="code",
        title=_("Look for their row through a selector"),
        source="role_to_change(theirs.id)",
        run=lambda stage: role_to_change(stage.their_role.id),
        reads=lambda stage: Role.objects.filter(id=stage.their_role.id),
    ),
    Attempt(
        name="no_scope",
        kind="orm",
        title=_("Forget the scope"),
        source="Role.objects.all()    # with no tenant in scope",
        run=lambda stage: list(Role.objects.all()),
        reads=lambda stage: Role.objects.all(),
        scoped=False,
    ),
    Attempt(
        name="base_manager",
        kind="orm",
        title=_("Take the manager that nobody overrides"),
        source="Role._base_manager.all()    # with no tenant in scope",
        run=lambda stage: list(Role._base_manager.all()),
        reads=lambda stage: Role._base_manager.all(),
        scoped=False,
    ),
    Attempt(
        name="filter",
        kind="orm",
        title=_("Ask for their rows from your own workspace"),
        source="Role.objects.filter(tenant_id=theirs)",
        run=lambda stage: list(Role.objects.filter(tenant_id=stage.their_tenant_id)),
        reads=lambda stage: Role.objects.filter(tenant_id=stage.their_tenant_id),
    ),
    Attempt(
        name="update",
        kind="orm",
        title=_("Change their row"),
        source='Role.objects.filter(id=theirs.id).update(name="Stolen")',
        run=lambda stage: Role.objects.filter(id=stage.their_role.id).update(name="Stolen"),
    ),
    Attempt(
        name="delete",
        kind="orm",
        title=_("Delete their row"),
        source="Role.objects.filter(id=theirs.id).delete()",
        run=lambda stage: Role.objects.filter(id=stage.their_role.id).delete()[0],
    ),
    Attempt(
        name="plant",
        kind="orm",
        title=_("Put a row into their workspace"),
        source='Role.objects.create(tenant_id=theirs, key="planted", name="Planted")',
        run=lambda stage: Role.objects.create(tenant_id=stage.their_tenant_id, key="planted", name="Planted"),
    ),
)

#: Statements to begin with. `{theirs}` is the other workspace's id.
STATEMENTS = {
    "read": (_("Read everything"), "select tenant_id, name from tenancy_role"),
    "change": (_("Change everything"), "update tenancy_role set permissions = '{}' returning name"),
    "grants": (_("Read what is the platform's"), "select * from events_delivery"),
    "inject": (
        _("Name another tenant: no wall stops this"),
        "select set_config('app.tenant_id', '{theirs}', true), (select string_agg(name, ', ') from tenancy_role)",
    ),
}


def all_attempts() -> dict[str, Attempt]:
    """Return the attempts by name: these, and those of each product module in `apps/dev/walls/<module>.py`."""
    names = [f"apps.dev.walls.{name.rpartition('.')[2]}" for name in settings.TENANT_APPS]
    products = [import_module(name) for name in names if find_spec(name)]
    attempts = [*ATTEMPTS, *(attempt for product in products for attempt in product.ATTEMPTS)]
    return {attempt.name: attempt for attempt in attempts}
