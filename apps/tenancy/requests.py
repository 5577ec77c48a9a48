"""Reading who asks for which permission."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from apps.core import permissions, scope
from apps.core.permissions import OWNER, Role
from apps.tenancy.models import AccessRequest, Membership
from apps.tenancy.selectors import members


def open_requests() -> QuerySet[AccessRequest]:
    """Return what members of the workspace in scope wait for, the oldest first."""
    found = AccessRequest.objects.filter(tenant_id=scope.tenant_id(), decided_at=None)
    return found.select_related("user").order_by("created_at", "id")


def newest_request(permission: str, user_id: UUID) -> AccessRequest | None:
    """Return what a person asked for last."""
    found = AccessRequest.objects.filter(tenant_id=scope.tenant_id(), user_id=user_id, permission=permission)
    return found.order_by("-created_at", "-id").first()


def roles_that_give(permission: str, grantable: Iterable[Role]) -> list[Role]:
    """Return those of the roles that include a permission, the weakest first; the owners' is not given this way."""
    able = [role for role in grantable if permission in role.permissions and role.key != OWNER]
    return sorted(able, key=lambda role: len(role.permissions))


def deciders(permission: str) -> QuerySet[Membership]:
    """Return the members who can give a permission: they may change roles, and have it themselves."""
    able = set(permissions.roles_with("members.manage")) & set(permissions.roles_with(permission))
    return members(scope.tenant_id()).filter(role__in=able, suspended_at=None)
