"""Reading workspaces and members."""

from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, When

from apps.core import clock
from apps.core.permissions import ROLES
from apps.tenancy.models import Invitation, Membership


def memberships_of(user_id: UUID) -> QuerySet[Membership]:
    """Return a person's memberships with their workspace and its cell, by the workspace's name."""
    return (
        Membership.objects.filter(user_id=user_id)
        .select_related("tenant__cell")
        .order_by("tenant__name", "tenant_id")
    )


def members(tenant_id: UUID) -> QuerySet[Membership]:
    """Return a workspace's members with the person, most powerful role first."""
    rank = Case(
        *(When(role=role, then=position) for position, role in enumerate(ROLES)),
        default=len(ROLES),
        output_field=IntegerField(),
    )
    return (
        Membership.objects.filter(tenant_id=tenant_id)
        .select_related("user")
        .order_by(rank, "user__name", "user__email")
    )


def open_invitations(tenant_id: UUID) -> QuerySet[Invitation]:
    """Return the invitations that can still be accepted, newest first."""
    return (
        Invitation.objects.filter(
            tenant_id=tenant_id, accepted_at=None, revoked_at=None, expires_at__gt=clock.now()
        )
        .select_related("invited_by")
        .order_by("-created_at", "-id")
    )
