"""Tenancy: workspaces, who belongs to them, and where their data lives."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.audit.interface import record_attempt
from apps.core import scope
from apps.core.errors import ApplicationError, Conflict, Invalid, NotFound, PermissionDenied
from apps.core.modules import implementation
from apps.core.step_up import StepUpRequired
from apps.core.support import RefusedToSupport


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant. `cell` is the PostgreSQL schema that holds its product data; `erase_due_at` is set once deleted."""

    id: UUID
    name: str
    slug: str
    cell: str
    created_at: datetime
    erase_due_at: datetime | None = None
    is_suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person's place in a workspace."""

    membership_id: UUID
    user_id: UUID
    name: str
    email: str
    role: str
    joined_at: datetime
    is_suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A person's way into a workspace. `version` is another as soon as they are something else there."""

    tenant_id: UUID
    slug: str
    version: str


#: What says, as RFC 8176 names it, that somebody has shown more than a password or a mail: a passkey is two in one.
SECOND_STEPS = frozenset({"mfa", "hwk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How a person came to be signed in, for the workspace's policy to judge.

    `methods` are by what they showed who they are, as RFC 8176 names it; `authenticated_at` is when they last did, and
    `seen_at` when they were last here.
    """

    methods: frozenset[str]
    authenticated_at: datetime | None
    seen_at: datetime | None = None

    @property
    def has_second_step(self) -> bool:
        return not SECOND_STEPS.isdisjoint(self.methods)


class PolicyRefusal(ApplicationError):
    """The workspace's policy keeps the person, the token or the key out."""

    code = "refused_by_policy"
    status = 403


class SecondStepRequired(PolicyRefusal):
    """The workspace lets in only those who logged in with a second step or a passkey."""

    code = "second_step_required"
    page = "errors/second_step.html"
    message = _("This workspace asks for a second step or a passkey at log-in.")


class AddressOutside(PolicyRefusal):
    """The workspace is open only to some network addresses."""

    code = "address_outside_workspace"
    page = "errors/address_outside.html"
    message = _("This workspace can't be opened from your network address.")


class SessionOver(PolicyRefusal, StepUpRequired):
    """The workspace asks people again who they are, after some hours or a pause."""

    code = "session_over"
    status = 401
    message = _("This workspace asks you to confirm again that it's you.")


class WorkspaceNotFound(NotFound):
    """No such workspace, or not one of yours."""

    code = "workspace_not_found"
    message = _("There is no such workspace, or you are not a member of it.")


class SupportNotAllowed(PermissionDenied):
    """The workspace does not consent to support looking into it."""

    code = "support_not_allowed"
    message = _(
        "This workspace doesn't let support in. An owner can change that in its settings, under “Support access”."
    )


class NotForSupport(PermissionDenied):
    """Nobody stands in for staff, for themselves, or for somebody while they stand in for another."""

    code = "not_for_support"
    message = _("Support can't work as this person.")


class SupportOver(RefusedToSupport):
    """The support session has ended: its time is up, or what it rested on is gone."""

    code = "support_over"
    message = _("This support session is over.")


class SupportElsewhere(RefusedToSupport):
    """While a workspace is open for support, the browser opens nothing else."""

    code = "support_elsewhere"
    message = _("You work in another place as somebody else just now. End the support session first.")


class WorkspaceIsSuspended(ApplicationError):
    """Staff have shut the workspace. `reason` is what its members are told."""

    code = "workspace_suspended"
    status = 403
    page = "errors/workspace_suspended.html"
    message = _("This workspace is suspended.")

    def __init__(self, *, reason: str, support: str) -> None:
        self.reason, self.support = reason, support
        super().__init__()


class WorkspaceIsClosed(ApplicationError):
    """An owner deleted the workspace: until it is erased, only owners come in."""

    code = "workspace_closed"
    status = 403
    page = "errors/workspace_closed.html"
    message = _("This workspace was deleted. Until it is erased, only its owners can open it.")

    def __init__(self, *, erase_due_at: datetime | None, owners: tuple[str, ...]) -> None:
        self.erase_due_at, self.owners = erase_due_at, owners
        super().__init__()


class BeingErased(Conflict):
    """The workspace's data is being removed: nobody comes in any more."""

    code = "workspace_being_erased"
    message = _("This workspace is being erased. It can't be brought back.")


class NotDue(Conflict):
    """A workspace is erased when its owner asked for it and the time of grace is over."""

    code = "erasure_not_due"
    message = _("This workspace is not due to be erased.")


class MemberNotFound(NotFound):
    """The workspace has no such member."""

    code = "member_not_found"
    message = _("This person is no longer a member of the workspace.")


class InvitationNotFound(NotFound):
    """The workspace has no such open invitation."""

    code = "invitation_not_found"
    message = _("This invitation is no longer open.")


class KeyOfAnotherWorkspace(ApplicationError):
    """An API key is bound to one workspace, and the request names another."""

    code = "key_of_another_workspace"
    status = 403
    message = _("This API key belongs to another workspace than the one you named.")


class TokenOfAnotherWorkspace(ApplicationError):
    """An access token opens one workspace, and the request names another, or comes by its host name."""

    code = "token_of_another_workspace"
    status = 403
    message = _("This token opens another workspace than the one you named. Switch to that one first.")


class SlugTaken(Conflict):
    """Another workspace has this address."""

    code = "slug_taken"
    message = _("Another workspace already uses this address. Choose a different one.")


class MembershipSuspended(ApplicationError):
    """The person's place in the workspace is suspended: they come back when that is lifted."""

    code = "membership_suspended"
    status = 403
    message = _("Your access to this workspace is suspended. Ask one of its admins.")


class NotYourself(Conflict):
    """It is something that one does to others."""

    code = "not_yourself"
    message = _("You can't do this to yourself. Ask somebody else.")


class TooManyWorkspaces(Conflict):
    """A person owns as many workspaces as one may (WORKSPACES_PER_OWNER)."""

    code = "too_many_workspaces"
    message = _("You own as many workspaces as one person can. Delete one, or write to us.")


class HostNotFound(NotFound):
    """The workspace has no such host name."""

    code = "host_not_found"
    message = _("This host name is no longer in the list.")


class HostUnproven(Conflict):
    """The DNS does not have the record that proves it."""

    code = "host_unproven"
    message = _("The TXT record isn't there yet, or says something else. The DNS may take some minutes.")


class TooManyHostChecks(ApplicationError):
    """The workspace has looked for proofs as often as it may in a minute."""

    code = "too_many_host_checks"
    status = 429
    message = _("That was a lot of checks. Wait a minute, then try again.")


class HostTaken(Conflict):
    """Another workspace has proven this host name."""

    code = "host_taken"
    message = _("Another workspace uses this host name. It has to be removed there first.")


class LastOwner(Conflict):
    """A workspace must keep an owner."""

    code = "last_owner"
    message = _("A workspace needs an owner. Make somebody else an owner first.")


class AlreadyMember(Conflict):
    """The person is in the workspace already."""

    code = "already_member"
    message = _("This person is already a member of the workspace.")


class InvitationPending(Conflict):
    """The address has an invitation that is still open."""

    code = "invitation_pending"
    message = _("This address already has an open invitation.")


class InvitationUnusable(Invalid):
    """The invitation was revoked, used or has run out, or its link is broken. The message says which."""

    code = "invitation_unusable"
    status = 410
    message = _("The link is not complete, or the workspace is gone. Ask for a new invitation.")


class InvitationForAnother(Invalid):
    """The invitation was sent to another address than the one that is signed in."""

    code = "invitation_for_another"
    status = 403
    message = _("This invitation was sent to another address. Sign in with that one to accept it.")


class TooManyInvitations(ApplicationError):
    """The workspace has sent as many invitations as it may in an hour."""

    code = "too_many_invitations"
    status = 429
    message = _("Your workspace has sent a lot of invitations. Send the rest in an hour.")


class RoleNotYours(Invalid):
    """Only an owner makes owners."""

    code = "role_not_yours"
    status = 403
    message = _("Only an owner can give or take the owner role.")


class RoleBeyondYours(Invalid):
    """Nobody gives, takes or changes a role that can do more than they can."""

    code = "role_beyond_yours"
    status = 403
    message = _("This role can do more than yours. Ask somebody who has it.")


class RoleNotFound(NotFound):
    """The workspace has made no such role."""

    code = "role_not_found"
    message = _("There is no such role any more.")


class RoleNameTaken(Conflict):
    """Another role of the workspace, or a built-in one, has this name."""

    code = "role_name_taken"
    message = _("There is a role with this name already. Choose a different one.")


class RoleInUse(Conflict):
    """The role can't be deleted while somebody or something holds it."""

    code = "role_in_use"
    message = _("This role is in use. Give those who have it another one first.")


class AccessRequestNotFound(NotFound):
    """The workspace has no such open request."""

    code = "access_request_not_found"
    message = _("This request was decided already, or the person has left.")


class AlreadyAsked(Conflict):
    """The person waits for an answer, or got one a moment ago."""

    code = "already_asked"
    message = _("You have asked for this already. You can ask again a day after the answer.")


class DomainNotFound(NotFound):
    """The workspace has no such domain."""

    code = "domain_not_found"
    message = _("The workspace has no such domain.")


class DomainTaken(Conflict):
    """Another workspace has proved that the domain is its own, or this one has it already."""

    code = "domain_taken"
    message = _("This domain belongs to a workspace already.")


class DomainProofUnusable(Invalid):
    """The mailed link was used, replaced or has run out."""

    code = "domain_proof_unusable"
    status = 410
    message = _("This link no longer works. Whoever sent it can send a new one.")


class TooManyDomainMails(ApplicationError):
    """The workspace has sent as many mails about domains as it may in an hour."""

    code = "too_many_domain_mails"
    status = 429
    message = _("That was a lot of mails. Wait an hour, then try again.")


class DomainNotYours(NotFound):
    """No workspace lets the person join by their address."""

    code = "domain_not_yours"
    message = _("No workspace lets you join by your address any more. Ask for an invitation.")


class Tenancy(ABC):
    """Questions that other modules ask about workspaces."""

    @abstractmethod
    def get_workspace(self, *, tenant_id: UUID) -> Workspace:
        """Return a workspace that the present scope may see.

        :raises WorkspaceNotFound: if there is none
        """

    @abstractmethod
    def find_workspace(self, *, slug: str) -> Workspace:
        """Return the workspace at an address, if the present scope may see it.

        :raises WorkspaceNotFound: if there is none
        """

    @abstractmethod
    def get_base_url(self, *, tenant_id: UUID) -> str:
        """Return what links into a workspace begin with: a host name of its own, else ours. It ends without a slash."""

    @abstractmethod
    def list_workspaces(self, *, user_id: UUID) -> tuple[Workspace, ...]:
        """Return the workspaces that a person belongs to, by name. The scope must be that person's."""

    @abstractmethod
    def list_owned_alone(self, *, user_id: UUID, lock: bool = False) -> tuple[Workspace, ...]:
        """Return the workspaces that would be left without an owner if a person left, but for deleted ones.

        :param lock: have everybody else who changes who owns them wait until the transaction ends
        """

    @abstractmethod
    def find_place(
        self, *, user_id: UUID, sign_in: SignIn, tenant_id: UUID | None = None, slug: str | None = None
    ) -> Place | None:
        """Return a person's way into a workspace; if none is named, into the one that they opened last.

        None if they are no member of it, or suspended. The scope must be that person's.

        :raises PolicyRefusal: if the workspace's policy does not let them in
        """

    @abstractmethod
    def list_members(self, *, tenant_id: UUID) -> tuple[Member, ...]:
        """Return the members of the workspace in scope, owners first, then by name."""

    @abstractmethod
    def list_cells(self) -> tuple[str, ...]:
        """Return the schemas that hold product data, the shared one first."""

    @abstractmethod
    def list_open(self) -> tuple[Workspace, ...]:
        """Return the workspaces that are neither suspended nor deleted.

        For rounds that a daemon makes: the scope must be the platform's.
        """

    @abstractmethod
    def create_workspace(self, *, name: str, owner_id: UUID, slug: str = "", cell: str = "") -> Workspace:
        """Create a workspace with its first owner. No migration is run.

        :param slug: its address; made from the name when left out
        :param cell: the schema to place it in; the pool when left out
        :raises SlugTaken: if the given slug belongs to another workspace
        :raises Invalid: if the name or the slug is not acceptable, or the cell can't take it
        """


def tenancy() -> Tenancy:
    """Return the configured implementation."""
    return implementation(Tenancy)


def record_refusal(refusal: PolicyRefusal, *, name: str) -> None:
    """Add to the log that the policy of the workspace in scope kept the actor out, when no transaction is open.

    :param name: the workspace's
    """
    record_attempt(
        action="access.kept_out",
        target_type="workspace",
        target_id=scope.tenant_id(),
        target_label=name,
        after={"rule": refusal.code, "address": scope.current().address},
    )
