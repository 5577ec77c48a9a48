"""What happens to workspaces and their members."""

from dataclasses import dataclass
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

    membership_id: UUID
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(Event):
    event_name: ClassVar[str] = "tenancy.member.role_changed"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"

    membership_id: UUID
    user_id: UUID
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    event_name: ClassVar[str] = "tenancy.member.removed"
    aggregate: ClassVar[str] = "membership"
    aggregate_field: ClassVar[str] = "membership_id"

    membership_id: UUID
    user_id: UUID
