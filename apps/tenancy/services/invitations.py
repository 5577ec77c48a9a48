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
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

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
)
from apps.tenancy.models import Invitation, Membership
from apps.tenancy.selectors import memberships_of, permissions_of
from apps.tenancy.services.members import role_to_give

LIFETIME = timedelta(days=7)


def invitation_create(*, email: str, role: str) -> Invitation:
    """Invite an address to the workspace in scope. The mail goes out after the commit.

    :raises PermissionDenied: if the actor may not invite
    :raises RoleNotYours: if the role is owner and the actor is none
    :raises RoleBeyondYours: if the role can do more than the actor
    :raises AlreadyMember: if the address belongs to a member
    :raises InvitationPending: if it has an open invitation
    """
    permissions.require("members.invite")
    email = _checked_address(email)
    _refuse_member(email)
    with transaction.atomic():
        given = role_to_give(role)
        _close_expired(email)
        invitation = _insert(email, role)
        audit().record(
            action="members.invited",
            target_type="invitation",
            target_id=invitation.id,
            target_label=email,
            after={"role": str(given.name)},
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
        found = Invitation.objects.select_for_update().filter(tenant_id=scope.tenant_id())
        invitation = found.filter(id=invitation_id, accepted_at=None, revoked_at=None).first()
        if invitation is None:
            raise InvitationNotFound
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        audit().record(
            action="members.invitation_revoked",
            target_type="invitation",
            target_id=invitation.id,
            target_label=invitation.email,
        )
    return invitation


def invitation_accept(*, token: str, user_id: UUID) -> Membership:
    """Join the workspace that an invitation leads to.

    :raises InvitationUnusable: if it was used or revoked, has run out, or never existed, or if its sender
        may no longer give what it promises
    :raises InvitationForAnother: if the person has another address than the invited one
    :raises AlreadyMember: if they are a member
    """
    user = get_user_model().objects.get(id=user_id)
    with scope.use(**place_of(token)), transaction.atomic():
        invitation = open_invitation(token, lock=True)
        if user.email.lower() != invitation.email.lower():
            raise InvitationForAnother
        if Membership.objects.filter(tenant_id=scope.tenant_id(), user=user).exists():
            raise AlreadyMember
        invitation.accepted_at = clock.now()
        invitation.save(update_fields=["accepted_at"])
        membership = Membership.objects.create(
            tenant_id=invitation.tenant_id, user=user, role=invitation.role
        )
        audit().record(
            action="members.joined",
            target_type="membership",
            target_id=membership.id,
            target_label=user.display_name,
            after={"role": str(permissions.role(invitation.role).name)},
        )
        publish(MemberAdded(membership_id=membership.id, user_id=user.id, role=invitation.role))
    return membership


def place_of(token: str) -> dict[str, UUID]:
    """Return the scope's `tenant_id` for an invitation's token.

    :raises InvitationUnusable: if there is no such invitation
    """
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id from tenancy_resolve_invitation(%s)", [token_hash(token)])
        row = cursor.fetchone()
    if row is None:
        raise InvitationUnusable
    return {"tenant_id": row[0]}


def open_invitation(token: str, *, lock: bool = False) -> Invitation:
    """Return the open invitation of a token, in its tenant's scope.

    :raises InvitationUnusable: if it is no longer open, or its sender may no longer give what it promises
    """
    found = Invitation.objects.select_related("tenant", "invited_by").filter(token_hash=token_hash(token))
    invitation = (found.select_for_update(of=("self",)) if lock else found).first()
    if invitation is None or not invitation.is_open or not _sender_may_still(invitation):
        raise InvitationUnusable
    return invitation


def token_of(invitation_id: UUID) -> str:
    """Return the secret that stands in an invitation's link."""
    mac = salted_hmac("apps.tenancy.invitation", invitation_id.hex, algorithm="sha256")
    return urlsafe_base64_encode(mac.digest())


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


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
        invited_by_id=scope.user_id(),
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
