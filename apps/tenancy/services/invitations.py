"""Inviting people by e-mail. How they join is in `joining`.

An invitation's token is an HMAC of its id, so the mail can be written later from the id alone: no secret
stands in the outbox, and the table keeps only the token's hash.
"""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from apps.accounts.interface import accounts
from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid
from apps.core.ids import new_id
from apps.events.interface import publish
from apps.tenancy.events import InvitationCreated
from apps.tenancy.interface import (
    AlreadyMember,
    InvitationNotFound,
    InvitationPending,
    TooManyInvitations,
)
from apps.tenancy.models import Invitation, Membership, Tenant
from apps.tenancy.services.members import claim_seat, role_to_give

LIFETIME = timedelta(days=7)
MOST_IN_AN_HOUR = 100


def invitation_create(*, email: str, role: str) -> Invitation:
    """Invite an address to the workspace in scope. The mail goes out after the commit.

    :raises PermissionDenied: if the actor may not invite
    :raises RoleNotYours: if the role is owner and the actor is none
    :raises RoleBeyondYours: if the role can do more than the actor
    :raises AlreadyMember: if the address belongs to a member
    :raises InvitationPending: if it has an open invitation
    :raises TooManyInvitations: if the workspace has sent too many in the last hour
    :raises LimitReached: if the plan has no seat left
    """
    permissions.require("members.invite")
    email = _checked_address(email)
    _refuse_member(email)
    with transaction.atomic():
        given = role_to_give(role)
        _refuse_too_many()
        _close_expired(email)
        claim_seat()
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
    :raises LimitReached: if it had run out and the plan has no seat left
    """
    permissions.require("members.invite")
    with transaction.atomic():
        old = _locked(invitation_id)
        role_to_give(old.role)
        _refuse_too_many()
        old.revoked_at = clock.now()
        old.save(update_fields=["revoked_at"])
        claim_seat()
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


def token_of(invitation_id: UUID) -> str:
    """Return the secret that stands in an invitation's link."""
    mac = salted_hmac("apps.tenancy.invitation", invitation_id.hex, algorithm="sha256")
    return urlsafe_base64_encode(mac.digest())


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


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
