"""Tenants, the cells they live in, and who belongs to them."""

from apps.tenancy.models.addresses import FormerSlug, HostName
from apps.tenancy.models.cells import POOL, Cell
from apps.tenancy.models.joining import DomainClaim, Invitation
from apps.tenancy.models.members import AccessRequest, Membership, Removal, Role
from apps.tenancy.models.support import SupportAccess, SupportSession
from apps.tenancy.models.workspaces import ErasureReceipt, Tenant

__all__ = [
    "POOL",
    "AccessRequest",
    "Cell",
    "DomainClaim",
    "ErasureReceipt",
    "FormerSlug",
    "HostName",
    "Invitation",
    "Membership",
    "Removal",
    "Role",
    "SupportAccess",
    "SupportSession",
    "Tenant",
]
