"""Forgetting a tenant: its whole log, wherever that is kept."""

from uuid import UUID

from apps.audit.interface import audit


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    return dict(audit().erase_log())
