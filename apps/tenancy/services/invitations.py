"""Inviting people by e-mail, and joining.

An invitation's token is an HMAC of its id, so the mail can be written later from the id alone: no secret
stands in the outbox, and the table keeps only the token's hash.
"""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts.interface import accounts
from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.core.permissions import OWNER
from apps.events.interface import publish
from apps.tenancy.events import InvitationCreated, MemberAdded
from apps.tenancy.interface import (
    AlreadyMember,
    InvitationForAnother,
    InvitationNotFound,
    InvitationPending,
    InvitationUnusable,
    TooManyInvitations,
)
from apps.tenancy.models import Invitation, Membership, Removal, Tenant
from apps.tenancy.selectors import memberships_of, permissions_of
from apps.tenancy.services.members import role_to_give

LIFETIME = timedelta(days=7)
MOST_IN_AN_HOUR = 100
#: Why an invitation can't be used, for the person who holds its link.
ACCEPTED = _lazy("It was accepted already. Log in with the address that joined.")
REVOKED = _lazy("It was taken back. Ask the person who invited you.")
REPLACED = _lazy("A newer one was sent to the same address. Open the link in the newest mail.")
EXPIRED = _lazy("It has run out. Ask the person who invited you to send it again.")
WITHDRAWN = _lazy("The person who sent it may no longer invite, or its role is gone. Ask for a new one.")
SHUT = _lazy("The workspace is closed.")


def invitation_create(*, email: str, role: str) -> Invitation:
    """Invite an address to the workspace in scope. The mail goes out after the commit.

    :raises PermissionDenied: if the actor may not invite
    :raises RoleNotYours: if the role is owner and the actor is none
    :raises RoleBeyondYours: if the role can do more than the actor
    :raises AlreadyMember: if the address belongs to a member
    :raises InvitationPending: if it has an open invitation
    :raises TooManyInvitations: if the workspace has sent too many in the last hour
    """
    permissions.require("members.invite")
    email = _checked_address(email)
    _refuse_member(email)
    with transaction.atomic():
        given = role_to_give(role)
        _refuse_too_many()
        _close_expired(email)
        invitation = _insert(email, role)
        audit().record(
            action="members.invited",
            target_type="invitation",
            target_id=invitation.id,
            target_label=email,
            after={"role": given.recorded},
        )
        publish(InvitationCreated(invitation_id=invitation.id))
    return invitation


def invitation_resend(*, invitation_id: UUID) -> Invitation:
    """Send an invitation again, in the actor's name: with a new link and a new term. The old link dies.

    :raises PermissionDenied: if the actor may not invite
    :raises InvitationNotFound: if there is none here that waits or has run out
    :raises RoleNotYours: if it is to the owner role and the actor is no owner
    :raises RoleBeyondYours: if its role can do more than the actor
    :raises Invalid: if its role is gone
    :raises TooManyInvitations: if the workspace has sent too many in the last hour
    """
    permissions.require("members.invite")
    with transaction.atomic():
        old = _locked(invitation_id)
        role_to_give(old.role)
        _refuse_too_many()
        old.revoked_at = clock.now()
        old.save(update_fields=["revoked_at"])
        invitation = _insert(old.email, old.role)
        audit().record(
            action="members.invitation_resent",
            target_type="invitation",
            target_id=invitation.id,
            target_label=invitation.email,
        )
        publish(InvitationCreated(invitation_id=invitation.id))
    return invitation


def invitation_revoke(*, invitation_id: UUID) -> Invitation:
    """Make an open invitation unusable.

    :raises PermissionDenied: if the actor may not invite
    :raises InvitationNotFound: if there is no open one with this id here
    """
    permissions.require("members.invite")
    with transaction.atomic():
        invitation = _locked(invitation_id)
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        audit().record(
            action="members.invitation_revoked",
            target_type="invitation",
            target_id=invitation.id,
            target_label=invitation.email,
        )
    return invitation


def invitation_accept(*, token: str, user_id: UUID, instead: str = "") -> Membership:
    """Join the workspace that an invitation leads to.

    Its link proves that the invited address is theirs. So a person who is signed in with another address may join
    with that one, if they say so; the log names both. Not as an owner, for mails are forwarded.

    :param instead: the person's own address, where they accept an invitation to another one
    :raises InvitationUnusable: if it was used or revoked, has run out, or never existed, or if its sender
        may no longer give what it promises
    :raises InvitationForAnother: if the person has another address than the invited one, and `instead` is not it
    :raises AlreadyMember: if they are a member
    """
    user = get_user_model().objects.get(id=user_id)
    with scope.use(**place_of(token)), transaction.atomic():
        invitation = open_invitation(token, lock=True)
        _refuse_another(user.email, invitation, instead)
        if Membership.objects.filter(tenant_id=scope.tenant_id(), user=user).exists():
            raise AlreadyMember
        invitation.accepted_at = clock.now()
        invitation.save(update_fields=["accepted_at"])
        membership = Membership.objects.create(
            tenant_id=invitation.tenant_id, user=user, role=invitation.role
        )
        Removal.objects.filter(tenant_id=scope.tenant_id(), user=user).delete()
        _record_joining(membership, invitation)
        publish(MemberAdded(membership_id=membership.id, user_id=user.id, role=invitation.role))
    return membership


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


def token_of(invitation_id: UUID) -> str:
    """Return the secret that stands in an invitation's link."""
    mac = salted_hmac("apps.tenancy.invitation", invitation_id.hex, algorithm="sha256")
    return urlsafe_base64_encode(mac.digest())


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


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


def _locked(invitation_id: UUID) -> Invitation:
    found = Invitation.objects.select_for_update().filter(tenant_id=scope.tenant_id())
    invitation = found.filter(id=invitation_id, accepted_at=None, revoked_at=None).first()
    if invitation is None:
        raise InvitationNotFound
    return invitation


def _refuse_too_many() -> None:
    # The workspace's row makes those who invite at the same moment count one after the other.
    Tenant.objects.select_for_update(of=("self",), no_key=True).get(id=scope.tenant_id())
    hour_ago = clock.now() - timedelta(hours=1)
    sent = Invitation.objects.filter(tenant_id=scope.tenant_id(), created_at__gt=hour_ago).count()
    if sent >= MOST_IN_AN_HOUR:
        raise TooManyInvitations


def _inviter_id() -> UUID:
    """Return who invites: the person in scope, or the one who made the key."""
    actor = scope.current().actor
    if actor.kind == "key" and actor.id:
        return accounts().get_key_creator(key_id=actor.id)
    return scope.user_id()


def _sender_may_still(invitation: Invitation) -> bool:
    """Tell whether who invited is still a member who may invite, and to this role, which still exists."""
    sender = memberships_of(invitation.invited_by_id).filter(tenant_id=scope.tenant_id()).first()
    given = next((role for role in permissions.roles() if role.key == invitation.role), None)
    if sender is None or given is None:
        return False
    if given.key == OWNER:
        return sender.role == OWNER
    return permissions_of(sender) >= {"members.invite", *given.permissions}


def _insert(email: str, role: str) -> Invitation:
    invitation_id = new_id()
    invitation = Invitation(
        id=invitation_id,
        email=email,
        role=role,
        token_hash=token_hash(token_of(invitation_id)),
        invited_by_id=_inviter_id(),
        expires_at=clock.now() + LIFETIME,
    )
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)
    except IntegrityError as error:
        raise InvitationPending(fields={"email": [str(InvitationPending.message)]}) from error
    return invitation


def _close_expired(email: str) -> None:
    Invitation.objects.filter(
        tenant_id=scope.tenant_id(),
        email=email,
        accepted_at=None,
        revoked_at=None,
        expires_at__lte=clock.now(),
    ).update(revoked_at=clock.now())


def _checked_address(email: str) -> str:
    email = email.strip().lower()
    try:
        MaxLengthValidator(254)(email)
        validate_email(email)
    except ValidationError as error:
        raise Invalid(fields={"email": [_("Enter a whole e-mail address.")]}) from error
    return email


def _refuse_member(email: str) -> None:
    if Membership.objects.filter(tenant_id=scope.tenant_id(), user__email=email).exists():
        raise AlreadyMember(fields={"email": [str(AlreadyMember.message)]})
