"""Which jobs the actor in scope sees: those they started, and everybody's with the permission for it."""

from uuid import UUID

from django.db.models import QuerySet

from apps.core import permissions, scope
from apps.core.errors import NotAuthenticated, NotFound
from apps.jobs.models import Job


def jobs() -> QuerySet[Job]:
    """Return the jobs that the actor may see, newest first.

    :raises NotAuthenticated: if nobody is signed in
    """
    actor = scope.current().actor
    if actor.kind not in ("person", "key", "staff"):
        raise NotAuthenticated
    found = Job.objects.filter(tenant_id=scope.tenant_id()).order_by("-created_at", "-id")
    return found if permissions.allows("jobs.read") else found.filter(starter_id=actor.id)


def job(job_id: UUID, found: QuerySet[Job] | None = None) -> Job:
    """Return a job that the actor may see.

    :raises NotFound: if there is none
    """
    row = (jobs() if found is None else found).filter(id=job_id).first()
    if row is None:
        raise NotFound
    return row


def is_own(row: Job) -> bool:
    """Tell whether the actor started a job."""
    return row.starter_id is not None and row.starter_id == scope.current().actor.id


def own(row: Job) -> Job:
    """Return a job if the actor started it.

    :raises NotFound: if somebody else did
    """
    if not is_own(row):
        raise NotFound
    return row
