"""Coming into a workspace, by whatever way: which one a request names, whether it is open, the scope inside it."""

import re
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from apps.core import permissions, placement
from apps.tenancy.interface import BeingErased, WorkspaceIsClosed, WorkspaceIsSuspended
from apps.tenancy.models import Membership
from apps.tenancy.selectors import owner_names, permissions_of

WORKSPACE_PATH = re.compile(r"/w/(?P<slug>[^/]+)/")
API_PATH = "/api/"


def slug_named(request: HttpRequest) -> str:
    """Return the address of the workspace that a request names, in its path or its header; empty if it names none."""
    if request.path.startswith(API_PATH):
        return request.headers.get(settings.WORKSPACE_HEADER, "")
    found = WORKSPACE_PATH.match(request.path)
    return found["slug"] if found else ""


def tenant_of_host(request: HttpRequest) -> UUID | None:
    """Return the tenant by whose own host name a request came."""
    return getattr(request, "host_tenant_id", None)


def refuse_shut(membership: Membership, *, by_key: bool = False) -> None:
    """Refuse a suspended workspace to everybody, and one that is to be erased to all but its owners.

    :raises WorkspaceIsSuspended: if staff have shut it
    :raises BeingErased: if its data is being removed
    :raises WorkspaceIsClosed: if it is to be erased, and a key or somebody else than an owner asks
    """
    tenant = membership.tenant
    if tenant.suspended_at:
        raise WorkspaceIsSuspended(reason=tenant.suspension_reason, support=settings.SUPPORT_EMAIL)
    if tenant.erasing_at:
        raise BeingErased
    if tenant.erase_due_at and (by_key or membership.role != permissions.OWNER):
        raise WorkspaceIsClosed(erase_due_at=tenant.erase_due_at, owners=owner_names(tenant.id))


def scope_inside(membership: Membership) -> dict[str, Any]:
    """Return the scope of a member in their workspace."""
    cell = membership.tenant.cell.schema_name
    placement.remember(membership.tenant.id, cell)
    return {
        "tenant_id": membership.tenant_id,
        "cell": cell,
        "membership_role": membership.role,
        "permissions": permissions_of(membership),
    }


def session_digest(key: str) -> str:
    """Return what stands for a session in the log: it tells sessions apart, and opens nothing."""
    return sha256(key.encode()).hexdigest()[:16]
