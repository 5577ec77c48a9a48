"""Two workspaces to break out of and into. They live in a transaction that is always rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import User
from apps.core import permissions, scope
from apps.core.ids import new_id
from apps.tenancy.models import Role, Tenant
from apps.tenancy.services.roles import role_create
from apps.tenancy.services.workspaces import workspace_create

TIMEOUT = "2s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Whose scope an attempt runs in, and what it is after."""

    mine: scope.Scope
    theirs: scope.Scope
    their_tenant_id: UUID
    their_role: Role


@contextmanager
def built() -> Iterator[Stage]:
    """Build the stage, and take back whatever happens on it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [TIMEOUT])
        mine, _my_role = _workspace("Yours")
        theirs, their_role = _workspace("Theirs")
        yield Stage(mine=mine, theirs=theirs, their_tenant_id=their_role.tenant_id, their_role=their_role)
        transaction.set_rollback(True)


def _workspace(name: str) -> tuple[scope.Scope, Role]:
    owner = User.objects.create_user(email=f"{new_id()}@walls.example", name=name)
    tenant = workspace_create(name=name, owner_id=owner.id, slug=f"walls-{name.lower()}-{new_id().hex[-8:]}")
    now = _scope_of(tenant, owner)
    with scope.activate(now):
        return now, role_create(name=f"{name}: a role", permission_names=["members.invite"])


def _scope_of(tenant: Tenant, owner: User) -> scope.Scope:
    return scope.Scope(
        tenant_id=tenant.id,
        cell=tenant.cell.schema_name,
        user_id=owner.id,
        actor=scope.Actor(kind="person", id=owner.id, label=owner.display_name),
        membership_role=permissions.OWNER,
        permissions=permissions.permissions_of(permissions.OWNER),
    )
