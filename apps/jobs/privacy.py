"""What is kept of people here: the jobs they started."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import F, Func

from apps.core.privacy import Rows
from apps.jobs.models import Job, Task

NAMELESS = Func(F("headers"), template="jsonb_set(%(expressions)s, '{actor,2}', '\"\"')")


def tell(*, user_id: UUID) -> Mapping[str, Rows]:
    """Return a person's rows; see `apps.core.privacy`."""
    return {
        "jobs": Job.objects.filter(starter_id=user_id).values(
            "tenant_id", "title", "state", "created_at", "finished_at"
        )
    }


def forget(*, user_id: UUID) -> dict[str, int]:
    """Take a person's name from what they started, and from what runs for them; see `apps.core.privacy`."""
    named = Job.objects.filter(starter_id=user_id).exclude(starter_name="")
    tasks = Task.objects.filter(headers__actor__1=str(user_id)).exclude(headers__actor__2="")
    return {"jobs_job": named.update(starter_name=""), "jobs_task": tasks.update(headers=NAMELESS)}
