"""Forgetting a tenant: its tasks and jobs, done or not."""

from uuid import UUID

from apps.core import scope
from apps.core.erasure import delete_rows
from apps.jobs import declarations
from apps.jobs.models import Job, Task, Turn, share_of


def erase(*, tenant_id: UUID) -> dict[str, int]:
    """Delete the tenant's rows; see `apps.core.erasure`."""
    with scope.as_role("platform"):  # The application may add tasks and take nothing away.
        shares = [share_of(tenant_id, lane) for lane in declarations.lanes()]
        turns = Turn.objects.filter(share__in=shares)._raw_delete("default")
        return {"jobs_turn": int(turns or 0)} | delete_rows(Job, Task, tenant_id=tenant_id)
