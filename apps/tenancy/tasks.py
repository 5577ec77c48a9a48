"""What runs by itself: deleted workspaces whose time of grace is over are erased, and support sessions end."""

from datetime import timedelta
from uuid import UUID

from apps.core import scope
from apps.jobs.interface import BULK, schedule, task
from apps.tenancy.services.erasing import due_workspaces, workspace_erase
from apps.tenancy.services.support import support_end_due


@task(queue=BULK)
def erase_workspace(tenant_id: UUID) -> None:
    """Erase a workspace; begun again after a failure, it goes on."""
    workspace_erase(tenant_id=tenant_id)


@schedule(every=timedelta(days=1), offset=timedelta(hours=2))
@task()
def erase_due_workspaces() -> None:
    """Have every workspace erased whose time of grace is over, each by a task of its own."""
    with scope.as_role("platform"):
        due = [tenant.id for tenant in due_workspaces()]
    for tenant_id in due:
        erase_workspace.enqueue(tenant_id=tenant_id, unique=str(tenant_id))


@schedule(every=timedelta(minutes=5))
@task()
def end_due_support() -> None:
    """Note the end of support sessions whose time is up, for those that nobody comes back to."""
    support_end_due()
