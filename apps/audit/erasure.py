"""Forgetting a tenant: its whole log, by the one database function that may, which leaves an `AuditErasure`."""

from uuid import UUID

from django.db import connection

from apps.core import scope


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    with scope.as_role("platform"), connection.cursor() as cursor:
        cursor.execute("select entries, details from audit_erase_tenant(%s)", [tenant_id])
        entries, details = cursor.fetchone()
    return {"audit_entry": entries, "audit_detail": details}
