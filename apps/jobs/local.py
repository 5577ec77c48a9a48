"""Jobs kept in this database."""

from datetime import datetime
from uuid import UUID

from apps.core import scope
from apps.jobs import queueing, services
from apps.jobs.interface import Arguments, Jobs
from apps.jobs.models import Job


class LocalJobs(Jobs):
    def enqueue(
        self, *, task: str, arguments: Arguments, run_at: datetime | None = None, unique: str = ""
    ) -> UUID:
        return queueing.add(name=task, arguments=dict(arguments), run_at=run_at, unique=unique)

    def start(self, *, task: str, title: str, arguments: Arguments) -> UUID:
        return services.job_start(task=task, title=title, arguments=dict(arguments))

    def is_under_way(self, *, job_id: UUID) -> bool:
        return Job.objects.filter(tenant_id=scope.tenant_id(), id=job_id, finished_at=None).exists()
