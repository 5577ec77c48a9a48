"""A member's standing in the workspace: suspended and back, gone by themselves, made its owner."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid
from apps.core.permissions import ADMIN, OWNER
from apps.events.interface import publish
from apps.tenancy.events import MemberReinstated, MemberRemoved, MemberRoleChanged, MemberSuspended
from apps.tenancy.interface import MemberNotFound, MembershipSuspended, NotYourself, RoleNotYours
from apps.tenancy.models import Membership
from apps.tenancy.services.members import (
    claim_seat,
    exemption_end,
    forget,
    member_lock,
    refuse_beyond,
    refuse_last_owner,
)


def member_suspend(*, membership_id: UUID) -> Membership:
    """Shut a member out until it is lifted: they are refused from the next request on, and so are their keys.

    :raises PermissionDenied: if the actor may not manage members
    :raises NotYourself: if it is the actor
    :raises RoleNotYours: if it is an owner and the actor is none
    :raises RoleBeyondYours: if their role can do more than the actor
    :raises LastOwner: if the workspace would be left without an owner
    :raises MemberNotFound: if there is no such member here
    """
    permissions.require("members.manage")
    with transaction.atomic():
        membership = member_lock(membership_id)
        if membership.suspended_at:
            return membership
        if membership.user_id == scope.current().user_id:
            raise NotYourself
        refuse_beyond(permissions.role(membership.role))
        refuse_last_owner(membership)
        membership.suspended_at = clock.now()
        membership.save(update_fields=["suspended_at"])
        _record("members.suspended", membership)
        publish(MemberSuspended(membership_id=membership.id, user_id=membership.user_id))
    return membership


def member_reinstate(*, membership_id: UUID) -> Membership:
    """Lift a member's suspension. They are what they were.

    :raises PermissionDenied: if the actor may not manage members
    :raises RoleNotYours: if it is an owner and the actor is none
    :raises RoleBeyondYours: if their role can do more than the actor
    :raises MemberNotFound: if there is no such member here
    :raises LimitReached: if the plan has no seat left
    """
    permissions.require("members.manage")
    with transaction.atomic():
        membership = member_lock(membership_id)
        if not membership.suspended_at:
            return membership
        refuse_beyond(permissions.role(membership.role))
        claim_seat()
        membership.suspended_at = None
        membership.save(update_fields=["suspended_at"])
        _record("members.reinstated", membership)
        publish(MemberReinstated(membership_id=membership.id, user_id=membership.user_id))
    return membership


def member_leave() -> None:
    """Take the person in scope out of the workspace in scope. What they made stays.

    :raises LastOwner: if the workspace would be left without an owner
    """
    with transaction.atomic():
        member_withdraw(membership_id=_own_id())


def member_withdraw(*, membership_id: UUID, is_last_owner_kept: bool = True, is_named: bool = True) -> None:
    """Take somebody who leaves out of the workspace in scope, in the caller's transaction.

    :param is_last_owner_kept: false where the workspace goes as well
    :param is_named: false where the log must not learn their name any more
    :raises LastOwner: if the workspace would be left without an owner
    :raises MemberNotFound: if there is no such member here
    """
    membership = member_lock(membership_id)
    if is_last_owner_kept:
        refuse_last_owner(membership)
    _record("members.left", membership, is_named=is_named)
    publish(MemberRemoved(membership_id=membership.id, user_id=membership.user_id))
    forget(membership)


def ownership_transfer(*, membership_id: UUID, confirm: str) -> Membership:
    """Make another member the owner in the place of the person in scope, who becomes an admin.

    :param confirm: the workspace's name, typed
    :raises RoleNotYours: if the actor is no owner
    :raises NotYourself: if it is the actor
    :raises MembershipSuspended: if the member is suspended
    :raises MemberNotFound: if there is no such member here
    :raises Invalid: if the name is another
    """
    if scope.current().membership_role != OWNER:
        raise RoleNotYours
    with transaction.atomic():
        heir, former = member_lock(membership_id), member_lock(_own_id())
        if former.role != OWNER:  # not since this request began
            raise RoleNotYours
        if heir.id == former.id:
            raise NotYourself
        if heir.suspended_at:
            raise MembershipSuspended(_("This person is suspended. Lift that first."))
        if " ".join(confirm.split()) != heir.tenant.name:
            raise Invalid(fields={"confirm": [_("Type the name of the workspace as it stands above.")]})
        for membership, role in ((heir, OWNER), (former, ADMIN)):
            membership.role = role
            membership.save(update_fields=["role"])
            publish(MemberRoleChanged(membership_id=membership.id, user_id=membership.user_id, role=role))
        exemption_end(former)
        _record("workspace.ownership_transferred", heir, former_owner=ADMIN)
    return heir


def _own_id() -> UUID:
    mine = Membership.objects.filter(tenant_id=scope.tenant_id(), user_id=scope.user_id())
    found = mine.values_list("id", flat=True).first()
    if found is None:
        raise MemberNotFound
    return found


def _record(action: str, membership: Membership, *, is_named: bool = True, **after: str) -> None:
    audit().record(
        action=action,
        target_type="membership",
        target_id=membership.id,
        target_label=membership.user.display_name if is_named else "",
        after=after,
    )
