"""What is kept of people here: where they belong, what they asked for, who invited them, and when support stood in."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.interface import accounts
from apps.audit.interface import audit
from apps.core import scope
from apps.core.privacy import Rows
from apps.tenancy.models import AccessRequest, Invitation, Membership, Removal, SupportSession
from apps.tenancy.services.standing import member_withdraw


def tell(*, user_id: UUID) -> Mapping[str, Rows]:
    """Return a person's rows; see `apps.core.privacy`."""
    return {
        "workspaces": Membership.objects.filter(user_id=user_id).values(
            "tenant_id", "tenant__name", "tenant__slug", "role", "created_at", "suspended_at"
        ),
        "access_requests": AccessRequest.objects.filter(user_id=user_id).values(
            "tenant_id", "permission", "message", "created_at", "is_granted"
        ),
        "invitations": _invitations(user_id).values(
            "tenant_id", "tenant__name", "email", "role", "created_at", "accepted_at"
        ),
        "support_sessions": SupportSession.objects.filter(user_id=user_id).values(
            "tenant_id", "reason", "ticket", "may_write", "began_at", "until", "ended_at"
        ),
    }


def forget(*, user_id: UUID) -> dict[str, int]:
    """Remove a person's rows; see `apps.core.privacy`.

    :raises LastOwner: if a workspace would be left without an owner
    """
    places = list(Membership.objects.filter(user_id=user_id).select_related("tenant__cell"))
    invited = _invitations(user_id)  # of which the log keeps the address
    stood_in = SupportSession.objects.filter(user_id=user_id)
    supported = stood_in | SupportSession.objects.filter(staff_id=user_id)  # whom the log names at its end
    rows = (*(each.id for each in places), *(each.id for each in invited), *(each.id for each in supported))
    audit().erase_details(subject_ids=rows)
    nameless = scope.Actor(kind="person", id=user_id)  # A log kept elsewhere hears of it after it was erased.
    for place in places:
        cell = place.tenant.cell.schema_name
        with scope.use(role="app", tenant_id=place.tenant_id, cell=cell, actor=nameless):
            member_withdraw(
                membership_id=place.id,
                is_last_owner_kept=place.tenant.deletion_requested_at is None,
                is_named=False,
            )
    return {
        "tenancy_membership": len(places),
        "tenancy_accessrequest": AccessRequest.objects.filter(user_id=user_id).delete()[0],
        "tenancy_removal": Removal.objects.filter(user_id=user_id).delete()[0],
        "tenancy_invitation": invited.delete()[0],
        "tenancy_supportsession": stood_in.exclude(reason="").update(reason=""),
    }


def _invitations(user_id: UUID) -> QuerySet[Invitation]:
    """Return those that went to an address the person has or had. The service keeps addresses in lower case."""
    return Invitation.objects.filter(email__in=accounts().list_addresses(user_id=user_id))
