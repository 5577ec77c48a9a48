"""Joining a workspace by the link of an invitation."""

from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.permissions import OWNER
from apps.entitlements.interface import PaymentRequired
from apps.events.interface import publish
from apps.tenancy.events import MemberAdded
from apps.tenancy.interface import InvitationForAnother, InvitationUnusable
from apps.tenancy.models import Invitation, Membership, Removal
from apps.tenancy.selectors import memberships_of, permissions_of
from apps.tenancy.services.invitations import token_hash
from apps.tenancy.services.members import member_add

#: Why an invitation can't be used, for the person who holds its link.
ACCEPTED = _("It was accepted already. Log in with the address that joined.")
REVOKED = _("It was taken back. Ask the person who invited you.")
REPLACED = _("A newer one was sent to the same address. Open the link in the newest mail.")
EXPIRED = _("It has run out. Ask the person who invited you to send it again.")
WITHDRAWN = _("The person who sent it may no longer invite, or its role is gone. Ask for a new one.")
SHUT = _("The workspace is closed.")
FULL = _("The workspace has no seat left. Ask the person who invited you.")


def invitation_accept(*, token: str, user_id: UUID, instead: str = "") -> Membership:
    """Join the workspace that an invitation leads to.

    Its link proves that the invited address is theirs. So a person who is signed in with another address may join
    with that one, if they say so; the log names both. Not as an owner, for mails are forwarded.

    :param instead: the person's own address, where they accept an invitation to another one
    :raises InvitationUnusable: if it was used or revoked, has run out, or never existed, or if its sender
        may no longer give what it promises, or if the workspace has no seat left since its plan is smaller
    :raises InvitationForAnother: if the person has another address than the invited one, and `instead` is not it
    :raises AlreadyMember: if they are a member
    """
    user = get_user_model().objects.get(id=user_id)
    with scope.use(**place_of(token)), transaction.atomic():
        invitation = open_invitation(token, lock=True)
        _refuse_another(user.email, invitation, instead)
        # First, for the member takes the invitation's seat.
        invitation.accepted_at = clock.now()
        invitation.save(update_fields=["accepted_at"])
        membership = _add(user.id, invitation.role)
        Removal.objects.filter(tenant_id=scope.tenant_id(), user=user).delete()
        _record_joining(membership, invitation)
        publish(MemberAdded(membership_id=membership.id, user_id=user.id, role=invitation.role))
    return membership


def place_of(token: str) -> dict[str, UUID]:
    """Return the scope's `tenant_id` for an invitation's token.

    :raises InvitationUnusable: if there is no such invitation
    """
    return {"tenant_id": resolve(token)[0]}


def resolve(token: str) -> tuple[UUID, UUID]:
    """Return the tenant and the id of a token's invitation, whatever became of it.

    :raises InvitationUnusable: if there is no such invitation
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select tenant_id, invitation_id from tenancy_resolve_invitation(%s)", [token_hash(token)]
        )
        row = cursor.fetchone()
    if row is None:
        raise InvitationUnusable
    return row[0], row[1]


def open_invitation(token: str, *, lock: bool = False) -> Invitation:
    """Return the open invitation of a token, in its tenant's scope.

    :raises InvitationUnusable: if it is no longer open, or its sender may no longer give what it promises
    """
    found = Invitation.objects.select_related("tenant", "invited_by").filter(token_hash=token_hash(token))
    invitation = (found.select_for_update(of=("self",)) if lock else found).first()
    if invitation is None:
        raise InvitationUnusable
    if reason := _why_unusable(invitation):
        raise InvitationUnusable(reason)
    return invitation


def _add(user_id: UUID, role: str) -> Membership:
    try:
        return member_add(user_id=user_id, role=role)
    except PaymentRequired as error:  # what it says is for those inside
        raise InvitationUnusable(FULL) from error


def _refuse_another(email: str, invitation: Invitation, instead: str) -> None:
    """Refuse another address than the invited one, unless it is meant; an owner is never another than meant."""
    may_be_another = invitation.role != OWNER and email.lower() == instead.lower()
    if email.lower() != invitation.email.lower() and not may_be_another:
        raise InvitationForAnother


def _record_joining(membership: Membership, invitation: Invitation) -> None:
    user, role = membership.user, permissions.role(membership.role)
    is_another = user.email.lower() != invitation.email.lower()
    audit().record(
        action="members.joined_with_another_address" if is_another else "members.joined",
        target_type="membership",
        target_id=membership.id,
        target_label=user.display_name,
        before={"email": invitation.email} if is_another else None,
        after={"role": role.recorded, "invited_by": invitation.invited_by.display_name}
        | ({"email": user.email} if is_another else {}),
    )


def _why_unusable(invitation: Invitation) -> Promise | None:
    if invitation.accepted_at:
        return ACCEPTED
    if invitation.revoked_at:
        return REPLACED if _has_successor(invitation) else REVOKED
    if not invitation.is_open:
        return EXPIRED
    if invitation.tenant.suspended_at or invitation.tenant.erase_due_at:
        return SHUT
    return None if _sender_may_still(invitation) else WITHDRAWN


def _has_successor(invitation: Invitation) -> bool:
    newer = Invitation.objects.filter(tenant_id=scope.tenant_id(), email=invitation.email)
    return newer.filter(created_at__gt=invitation.created_at, accepted_at=None, revoked_at=None).exists()


def _sender_may_still(invitation: Invitation) -> bool:
    """Tell whether who invited is still a member who may invite, and to this role, which still exists."""
    active = memberships_of(invitation.invited_by_id).filter(user__is_active=True)
    sender = active.filter(tenant_id=scope.tenant_id()).first()
    given = next((role for role in permissions.roles() if role.key == invitation.role), None)
    if sender is None or given is None:
        return False
    if given.key == OWNER:
        return sender.role == OWNER
    return permissions_of(sender) >= {"members.invite", *given.permissions}
