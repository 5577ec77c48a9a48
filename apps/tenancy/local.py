"""Workspaces kept in this database."""

from uuid import UUID

from django.db.models import QuerySet

from apps.tenancy import policy, selectors
from apps.tenancy.cells import schemas
from apps.tenancy.interface import Member, Place, SignIn, Tenancy, Workspace, WorkspaceNotFound
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.hosts import base_url_of
from apps.tenancy.services.members import lock_members_of_owned
from apps.tenancy.services.workspaces import workspace_create


class LocalTenancy(Tenancy):
    def get_workspace(self, *, tenant_id: UUID) -> Workspace:
        return _the(Tenant.objects.filter(id=tenant_id))

    def find_workspace(self, *, slug: str) -> Workspace:
        return _the(Tenant.objects.filter(slug=slug))

    def get_base_url(self, *, tenant_id: UUID) -> str:
        return base_url_of(tenant_id)

    def list_workspaces(self, *, user_id: UUID) -> tuple[Workspace, ...]:
        return tuple(to_workspace(membership.tenant) for membership in selectors.memberships_of(user_id))

    def list_owned_alone(self, *, user_id: UUID, lock: bool = False) -> tuple[Workspace, ...]:
        if lock:
            lock_members_of_owned(user_id)
        return tuple(to_workspace(tenant) for tenant in selectors.owned_alone(user_id))

    def find_place(
        self, *, user_id: UUID, sign_in: SignIn, tenant_id: UUID | None = None, slug: str | None = None
    ) -> Place | None:
        membership = selectors.by_last_opened(user_id, tenant_id=tenant_id, slug=slug).first()
        if membership is None:
            return None
        policy.demand(membership, sign_in)
        tenant = membership.tenant
        return Place(tenant_id=tenant.id, slug=tenant.slug, version=membership.version)

    def list_members(self, *, tenant_id: UUID) -> tuple[Member, ...]:
        return tuple(to_member(membership) for membership in selectors.members(tenant_id))

    def list_cells(self) -> tuple[str, ...]:
        return tuple(schemas())

    def list_open(self) -> tuple[Workspace, ...]:
        found = Tenant.objects.filter(suspended_at=None, deletion_requested_at=None).select_related("cell")
        return tuple(to_workspace(tenant) for tenant in found.iterator())

    def create_workspace(self, *, name: str, owner_id: UUID, slug: str = "", cell: str = "") -> Workspace:
        return to_workspace(workspace_create(name=name, owner_id=owner_id, slug=slug, cell=cell))


def _the(found: QuerySet[Tenant]) -> Workspace:
    tenant = found.select_related("cell").first()
    if tenant is None:
        raise WorkspaceNotFound
    return to_workspace(tenant)


def to_workspace(tenant: Tenant) -> Workspace:
    return Workspace(
        id=tenant.id,
        name=tenant.name,
        slug=tenant.slug,
        cell=tenant.cell.schema_name,
        created_at=tenant.created_at,
        erase_due_at=tenant.erase_due_at,
        is_suspended=tenant.suspended_at is not None,
    )


def to_member(membership: Membership) -> Member:
    return Member(
        membership_id=membership.id,
        user_id=membership.user_id,
        name=membership.user.display_name,
        email=membership.user.email,
        role=membership.role,
        joined_at=membership.created_at,
        is_suspended=membership.is_suspended,
    )
