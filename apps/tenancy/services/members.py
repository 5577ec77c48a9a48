"""Changing who belongs to the workspace in scope, and as what."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope, step_up
from apps.core.errors import Invalid
from apps.core.permissions import OWNER, Role
from apps.entitlements.interface import entitlements
from apps.events.interface import publish
from apps.tenancy.events import MemberRemoved, MemberRoleChanged
from apps.tenancy.interface import AlreadyMember, LastOwner, MemberNotFound, RoleBeyondYours, RoleNotYours
from apps.tenancy.models import AccessRequest, Membership, Removal, Tenant
from apps.tenancy.models import Role as RoleRow


def member_add(*, user_id: UUID, role: str) -> Membership:
    """Put a person into the workspace in scope; whoever calls has checked by what right, and records it.

    :raises AlreadyMember: if they are in it, or are just being let in another way
    :raises LimitReached: if the plan has no seat left
    :raises WorkspaceIsReadOnly: if the workspace can only be read
    """
    try:
        with transaction.atomic():
            claim_seat()
            return Membership.objects.create(tenant_id=scope.tenant_id(), user_id=user_id, role=role)
    except IntegrityError as error:
        raise AlreadyMember from error


def claim_seat() -> None:
    """Make sure that the workspace in scope has a seat left, for a member or for an invitation.

    :raises LimitReached: if it has none
    :raises WorkspaceIsReadOnly: if it can only be read
    """
    entitlements().claim(tenant_id=scope.tenant_id(), limit="members.seats")


def member_change_role(*, membership_id: UUID, role: str) -> Membership:
    """Give a member another role.

    :raises PermissionDenied: if the actor may not
    :raises RoleNotYours: if it takes or gives the owner role and the actor is no owner
    :raises RoleBeyondYours: if it takes or gives a role that can do more than the actor
    :raises LastOwner: if the workspace would be left without one
    :raises MemberNotFound: if there is no such member here
    """
    permissions.require("members.manage")
    with transaction.atomic():
        membership = member_lock(membership_id)
        before, after = permissions.role(membership.role), role_to_give(role)
        if membership.role == role:
            return membership
        refuse_beyond(before)
        refuse_last_owner(membership)
        membership.role = role
        membership.save(update_fields=["role"])
        exemption_end(membership)
        audit().record(
            action="members.role_changed",
            target_type="membership",
            target_id=membership.id,
            target_label=membership.user.display_name,
            before={"role": before.recorded},
            after={"role": after.recorded},
        )
        publish(MemberRoleChanged(membership_id=membership.id, user_id=membership.user_id, role=role))
    return membership


def member_remove(*, membership_id: UUID) -> Membership:
    """Take a member out of the workspace. What they made stays.

    :raises PermissionDenied: if the actor may not
    :raises RoleNotYours: if it is an owner and the actor is none
    :raises RoleBeyondYours: if their role can do more than the actor
    :raises LastOwner: if the workspace would be left without an owner
    :raises MemberNotFound: if there is no such member here
    """
    permissions.require("members.manage")
    with transaction.atomic():
        membership = member_lock(membership_id)
        held = permissions.role(membership.role)
        refuse_beyond(held)
        refuse_last_owner(membership)
        audit().record(
            action="members.removed",
            target_type="membership",
            target_id=membership.id,
            target_label=membership.user.display_name,
            before={"role": held.recorded},
        )
        publish(MemberRemoved(membership_id=membership.id, user_id=membership.user_id))
        Removal.objects.get_or_create(tenant_id=scope.tenant_id(), user_id=membership.user_id)
        forget(membership)
    return membership


def forget(membership: Membership) -> None:
    """Delete a membership, and what the person still waits for."""
    waiting = AccessRequest.objects.filter(tenant_id=scope.tenant_id(), decided_at=None)
    waiting.filter(user_id=membership.user_id).delete()
    count_access_requests()
    exemption_end(membership)
    membership.delete()


def exemption_end(membership: Membership) -> None:
    """Have the policy make no exception for who stops being an owner, not even should they become one again."""
    Tenant.objects.filter(id=scope.tenant_id(), exempt_owner_id=membership.user_id).update(
        exempt_owner_id=None
    )


def count_access_requests() -> None:
    """Keep with the workspace in scope how many requests wait: every page of those who decide shows it."""
    waiting = AccessRequest.objects.filter(tenant_id=scope.tenant_id(), decided_at=None).count()
    Tenant.objects.filter(id=scope.tenant_id()).update(access_requests_open=waiting)


def membership_note_opening(membership: Membership) -> None:
    """Remember that a person came to the workspace in scope, so that they are led back to it."""
    with transaction.atomic():
        found = Membership.objects.filter(tenant_id=scope.tenant_id(), id=membership.id)
        found.update(opened_at=clock.now())


def role_to_give(key: str) -> Role:
    """Return the role that the actor in scope wants to give. It can't be deleted before the transaction ends.

    :raises Invalid: if there is no such role
    :raises RoleNotYours: if it is the owner role and the actor is no owner
    :raises RoleBeyondYours: if it can do more than the actor
    """
    found = next((role for role in permissions.roles() if role.key == key), None)
    if found is None or (found.is_custom and not _lock_role(key)):
        raise Invalid(fields={"role": [_("Choose one of the roles.")]})
    refuse_beyond(found)
    return found


def refuse_beyond(role: Role) -> None:
    """Check that the actor in scope may give or take a role.

    :raises RoleNotYours: if it is the owner role and the actor is no owner
    :raises RoleBeyondYours: if it can do more than the actor
    """
    if not permissions.may_give(role):
        raise RoleNotYours if role.key == OWNER else RoleBeyondYours


def ask_before_inviting(key: str) -> None:
    """Ask the person in scope once more who they are, if a role with this key manages members.

    :raises StepUpRequired: if they have not shown it lately
    """
    if "members.manage" in permissions.role(key).permissions:
        step_up.require()


def _lock_role(key: str) -> bool:
    return (
        RoleRow.objects.select_for_update().filter(tenant_id=scope.tenant_id(), key=key).first() is not None
    )


def member_lock(membership_id: UUID) -> Membership:
    """Return a member of the workspace in scope, with the person; nobody else changes members meanwhile.

    :raises MemberNotFound: if there is no such member here
    """
    lock_members()
    found = Membership.objects.select_related("user").filter(tenant_id=scope.tenant_id())
    membership = found.filter(id=membership_id).first()
    if membership is None:
        raise MemberNotFound
    return membership


def lock_members() -> None:
    """Have everybody else who changes members or requests wait until the transaction ends."""
    # The workspace's row is the lock: two owners can't step down at the same moment.
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(id=scope.tenant_id())


def lock_members_of_owned(user_id: UUID) -> None:
    """Do so in every workspace that a person owns."""
    with scope.as_role("platform"):  # wherever they are now
        owned = Membership.objects.filter(user_id=user_id, role=OWNER).values("tenant_id")
        list(Tenant.objects.select_for_update(of=("self",), no_key=True).filter(id__in=owned).order_by("id"))


def refuse_last_owner(membership: Membership) -> None:
    """Check that another owner remains without this member.

    :raises LastOwner: if there is none
    """
    if membership.role != OWNER:
        return
    here = Membership.objects.filter(tenant_id=scope.tenant_id(), suspended_at=None, user__is_active=True)
    owners = here.filter(role=OWNER)
    if not owners.exclude(id=membership.id).exists():
        raise LastOwner
