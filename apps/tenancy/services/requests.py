"""Asking for a permission that one's role lacks, and deciding on it."""

from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.core import clock, permissions, scope
from apps.core.errors import Invalid, NotFound
from apps.core.text import has_invisible
from apps.events.interface import publish
from apps.tenancy.events import AccessDecided, AccessRequested
from apps.tenancy.interface import AccessRequestNotFound, AlreadyAsked
from apps.tenancy.models import AccessRequest, Membership
from apps.tenancy.requests import newest_request
from apps.tenancy.services.members import count_access_requests, lock_members, member_change_role

WAIT_AFTER_ANSWER = timedelta(days=1)
LONGEST_MESSAGE = 500  # characters


def access_request(*, permission: str, message: str = "") -> AccessRequest:
    """Ask, as the person in scope, for a permission in the workspace in scope. Those who decide are told.

    :raises NotFound: if no module declares it, or it is for owners alone
    :raises AlreadyAsked: if they have it, wait for an answer, or got a no less than a day ago
    :raises Invalid: if the message is too long
    """
    if permission not in permissions.delegable():
        raise NotFound
    if permissions.allows(permission):
        raise AlreadyAsked(_("You have this already."))
    message = _checked_message(message)
    previous = newest_request(permission, scope.user_id())
    if previous and must_wait(previous):
        raise AlreadyAsked
    asked = AccessRequest(user_id=scope.user_id(), permission=permission, message=message)
    try:
        with transaction.atomic():
            lock_members()
            asked.save(force_insert=True)
            count_access_requests()
            _record("access.requested", asked)
            publish(AccessRequested(request_id=asked.id))
    except IntegrityError as error:
        raise AlreadyAsked from error
    return asked


def must_wait(asked: AccessRequest) -> bool:
    """Tell whether who asked can't ask again yet: they wait for an answer, or got a no less than a day ago."""
    if asked.is_granted:
        return False
    return asked.decided_at is None or clock.now() - asked.decided_at < WAIT_AFTER_ANSWER


def access_grant(*, request_id: UUID, role: str) -> AccessRequest:
    """Give who asked a role that includes what they asked for.

    :raises PermissionDenied: if the actor may not manage members
    :raises AccessRequestNotFound: if there is no such open request here
    :raises Invalid: if the role does not exist or does not include it
    :raises RoleNotYours: if it takes or gives the owner role and the actor is no owner
    :raises RoleBeyondYours: if it takes or gives a role that can do more than the actor
    :raises LastOwner: if the workspace would be left without an owner
    """
    permissions.require("members.manage")
    with transaction.atomic():
        asked = _decided(request_id, is_granted=True)
        if asked.permission not in permissions.role(role).permissions:
            raise Invalid(fields={"role": [_("Choose a role that includes it.")]})
        member_change_role(membership_id=_membership_id(asked), role=role)
        _record("access.granted", asked)
    return asked


def access_decline(*, request_id: UUID) -> AccessRequest:
    """Decline what somebody asked for.

    :raises PermissionDenied: if the actor may not manage members
    :raises AccessRequestNotFound: if there is no such open request here
    """
    permissions.require("members.manage")
    with transaction.atomic():
        asked = _decided(request_id, is_granted=False)
        _record("access.declined", asked)
    return asked


def _decided(request_id: UUID, *, is_granted: bool) -> AccessRequest:
    lock_members()  # before the request, as whoever takes a member out does
    found = AccessRequest.objects.select_for_update(of=("self",)).select_related("user")
    asked = found.filter(tenant_id=scope.tenant_id(), id=request_id, decided_at=None).first()
    if asked is None:
        raise AccessRequestNotFound
    asked.decided_at, asked.is_granted = clock.now(), is_granted
    asked.save(update_fields=["decided_at", "is_granted"])
    count_access_requests()
    publish(AccessDecided(request_id=asked.id, is_granted=is_granted))
    return asked


def _membership_id(asked: AccessRequest) -> UUID:
    mine = Membership.objects.filter(tenant_id=scope.tenant_id(), user_id=asked.user_id)
    found = mine.values_list("id", flat=True).first()
    if found is None:
        raise AccessRequestNotFound
    return found


def _checked_message(message: str) -> str:
    message = message.strip()
    if len(message) > LONGEST_MESSAGE:
        text = _("Keep it to %(longest)s characters.") % {"longest": LONGEST_MESSAGE}
        raise Invalid(fields={"message": [text]})
    if has_invisible(" ".join(message.split())):
        raise Invalid(fields={"message": [_("It holds a character that nobody can see. Type it again.")]})
    return message


def _record(action: str, asked: AccessRequest) -> None:
    audit().record(
        action=action,
        target_type="membership",
        target_id=_membership_id(asked),
        target_label=asked.user.display_name,
        after={"permission": asked.permission},
    )
