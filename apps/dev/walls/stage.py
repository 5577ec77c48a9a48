"""Two workspaces to break out of and into. They live in a transaction that is always rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import User
from apps.core import permissions, scope
from apps.core.ids import new_id
from apps.radar.models import Competitor, Signal
from apps.radar.services.competitors import competitor_add
from apps.radar.services.signals import signal_add
from apps.tenancy.models import Tenant
from apps.tenancy.services.workspaces import workspace_create

TIMEOUT = "2s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Whose scope an attempt runs in, and what it is after."""

    mine: scope.Scope
    my_competitor: Competitor
    their_tenant_id: UUID
    their_competitor: Competitor
    their_signal: Signal


@contextmanager
def built() -> Iterator[Stage]:
    """Build the stage, and take back whatever happens on it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [TIMEOUT])
        my_scope, my_competitor, _signal = _workspace("Yours")
        their_scope, their_competitor, their_signal = _workspace("Theirs")
        yield Stage(
            mine=my_scope,
            my_competitor=my_competitor,
            their_tenant_id=their_scope.tenant_id or new_id(),
            their_competitor=their_competitor,
            their_signal=their_signal,
        )
        transaction.set_rollback(True)


def _workspace(name: str) -> tuple[scope.Scope, Competitor, Signal]:
    owner = User.objects.create_user(email=f"{new_id()}@walls.example", name=name)
    tenant = workspace_create(name=name, owner_id=owner.id, slug=f"walls-{name.lower()}-{new_id().hex[-8:]}")
    now = _scope_of(tenant, owner)
    with scope.activate(now):
        competitor = competitor_add(name=f"{name}: a competitor")
        return (
            now,
            competitor,
            signal_add(competitor_id=competitor.id, title=f"{name}: a signal", kind="press"),
        )


def _scope_of(tenant: Tenant, owner: User) -> scope.Scope:
    return scope.Scope(
        tenant_id=tenant.id,
        cell=tenant.cell.schema_name,
        user_id=owner.id,
        actor=scope.Actor(kind="person", id=owner.id, label=owner.display_name),
        membership_role=permissions.OWNER,
        permissions=permissions.permissions_of(permissions.OWNER),
    )
