"""Starting, cancelling and retrying jobs."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock, permissions, scope
from apps.core.errors import Conflict
from apps.core.ids import new_id
from apps.jobs import queueing, selectors
from apps.jobs.models import Job, Task


def job_start(*, task: str, title: str, arguments: dict[str, Any]) -> UUID:
    """Add a task and its job; see `Jobs.start`."""
    actor, job_id = scope.current().actor, new_id()
    with transaction.atomic():
        Job.objects.create(
            id=job_id,
            task_id=queueing.add(name=task, arguments=arguments, job_id=job_id),
            kind=task,
            title=title[:200],
            starter_id=actor.id,
            starter_name=actor.label[:200],
        )
    return job_id


def job_cancel(*, job_id: UUID) -> Job:
    """Cancel a job: at once if it waits; one that runs stops when its task looks next.

    :raises NotFound: if the actor may not see it
    :raises PermissionDenied: if somebody else started it, and the actor may not cancel what others started
    :raises Conflict: if it has ended
    """
    with transaction.atomic():
        job = _locked(job_id)
        if not selectors.is_own(job):
            permissions.require("jobs.cancel")
        if job.has_ended:
            raise Conflict(_("This job has ended already."))
        job.cancel_asked_at = clock.now()
        if job.state == Job.State.WAITING:
            job.state, job.finished_at = Job.State.CANCELLED, job.cancel_asked_at
        job.save(update_fields=["cancel_asked_at", "state", "finished_at"])
    return job


def job_retry(*, job_id: UUID) -> Job:
    """Begin a job of one's own again that failed or was cancelled, with what one may do now.

    :raises NotFound: if the actor started no such job
    :raises Conflict: if it did not fail, or what it needs was forgotten
    """
    with transaction.atomic():
        job = selectors.own(_locked(job_id))
        task = Task.objects.filter(tenant_id=job.tenant_id, id=job.task_id).first()
        if job.state not in (Job.State.FAILED, Job.State.CANCELLED) or task is None:
            raise Conflict(_("This job can't be tried again."))
        job.task_id = queueing.add(name=job.kind, arguments=task.arguments, job_id=job.id)
        job.state, job.error, job.attempts = Job.State.WAITING, "", 0
        job.done, job.total, job.log = 0, None, []
        job.started_at = job.cancel_asked_at = job.finished_at = None
        job.save()
    return job


def _locked(job_id: UUID) -> Job:
    return selectors.job(job_id, selectors.jobs().select_for_update())
