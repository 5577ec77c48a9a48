"""What happens to workspaces and their members."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.events.interface import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceCreated(Event):
    event_name: ClassVar[str] = "tenancy.workspace.created"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationCreated(Event):
    event_name: ClassVar[str] = "tenancy.invitation.created"
    aggregate: ClassVar[str] = "invitation"
    aggregate_field: ClassVar[str] = "invitation_id"

    invitation_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(Event):
    event_name: ClassVar[str] = "tenancy.member.added"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"
    is_ordered: ClassVar[bool] = True

    membership_id: UUID
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(Event):
    event_name: ClassVar[str] = "tenancy.member.role_changed"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"
    is_ordered: ClassVar[bool] = True

    membership_id: UUID
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    event_name: ClassVar[str] = "tenancy.member.removed"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"
    is_ordered: ClassVar[bool] = True

    membership_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBypassed(Event):
    """The exempt owner came in where the workspace's policy keeps others out."""

    event_name: ClassVar[str] = "tenancy.workspace.policy_bypassed"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID
    user_id: UUID
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceClosed(Event):
    event_name: ClassVar[str] = "tenancy.workspace.closed"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID
    erase_due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceKept(Event):
    event_name: ClassVar[str] = "tenancy.workspace.kept"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSuspended(Event):
    event_name: ClassVar[str] = "tenancy.workspace.suspended"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceResumed(Event):
    event_name: ClassVar[str] = "tenancy.workspace.resumed"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceErased(Event):
    """Belongs to no tenant, as its own is gone."""

    event_name: ClassVar[str] = "tenancy.workspace.erased"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID
    receipt_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSuspended(Event):
    event_name: ClassVar[str] = "tenancy.member.suspended"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"
    is_ordered: ClassVar[bool] = True

    membership_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReinstated(Event):
    event_name: ClassVar[str] = "tenancy.member.reinstated"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"
    is_ordered: ClassVar[bool] = True

    membership_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated(Event):
    event_name: ClassVar[str] = "tenancy.role.created"
    aggregate: ClassVar[str] = "role"
    aggregate_field: ClassVar[str] = "role_id"

    role_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event):
    event_name: ClassVar[str] = "tenancy.role.changed"
    aggregate: ClassVar[str] = "role"
    aggregate_field: ClassVar[str] = "role_id"

    role_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDeleted(Event):
    event_name: ClassVar[str] = "tenancy.role.deleted"
    aggregate: ClassVar[str] = "role"
    aggregate_field: ClassVar[str] = "role_id"

    role_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequested(Event):
    event_name: ClassVar[str] = "tenancy.access.requested"
    aggregate: ClassVar[str] = "access_request"
    aggregate_field: ClassVar[str] = "request_id"

    request_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecided(Event):
    event_name: ClassVar[str] = "tenancy.access.decided"
    aggregate: ClassVar[str] = "access_request"
    aggregate_field: ClassVar[str] = "request_id"

    request_id: UUID
    is_granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainClaimed(Event):
    event_name: ClassVar[str] = "tenancy.domain.claimed"
    aggregate: ClassVar[str] = "domain"
    aggregate_field: ClassVar[str] = "claim_id"

    claim_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainVerified(Event):
    event_name: ClassVar[str] = "tenancy.domain.verified"
    aggregate: ClassVar[str] = "domain"
    aggregate_field: ClassVar[str] = "claim_id"

    claim_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainWithdrawn(Event):
    event_name: ClassVar[str] = "tenancy.domain.withdrawn"
    aggregate: ClassVar[str] = "domain"
    aggregate_field: ClassVar[str] = "claim_id"

    claim_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportBegan(Event):
    event_name: ClassVar[str] = "tenancy.support.began"
    aggregate: ClassVar[str] = "support_session"
    aggregate_field: ClassVar[str] = "session_id"

    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceAddressChanged(Event):
    event_name: ClassVar[str] = "tenancy.workspace.address_changed"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceLogoChanged(Event):
    event_name: ClassVar[str] = "tenancy.workspace.logo_changed"
    aggregate: ClassVar[str] = "workspace"
    aggregate_field: ClassVar[str] = "workspace_id"

    workspace_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HostVerified(Event):
    event_name: ClassVar[str] = "tenancy.host.verified"
    aggregate: ClassVar[str] = "host"
    aggregate_field: ClassVar[str] = "host_id"

    host_id: UUID
    host: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostRemoved(Event):
    event_name: ClassVar[str] = "tenancy.host.removed"
    aggregate: ClassVar[str] = "host"
    aggregate_field: ClassVar[str] = "host_id"

    host_id: UUID
    host: str
