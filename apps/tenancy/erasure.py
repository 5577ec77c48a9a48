"""Forgetting a tenant: who belongs to it. Its own row goes last, with the receipt (services.lifecycle)."""

from uuid import UUID

from apps.core.erasure import delete_rows
from apps.tenancy.models import (
    AccessRequest,
    DomainClaim,
    FormerSlug,
    HostName,
    Invitation,
    Membership,
    Removal,
    Role,
    SupportSession,
)


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return delete_rows(
        AccessRequest,
        DomainClaim,
        Removal,
        SupportSession,
        Invitation,
        Membership,
        Role,
        FormerSlug,
        HostName,
        tenant_id=tenant_id,
    )
