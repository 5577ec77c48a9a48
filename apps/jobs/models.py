"""Tasks: the work that waits, runs, is done, or needs somebody to look. Jobs: what of it a person started."""

from datetime import timedelta
from uuid import UUID, uuid5

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.db.models import TenantModel
from apps.core.ids import new_id

NOBODY = UUID(int=0)  # the share of tasks without a tenant


def share_of(tenant_id: UUID | None, lane: str) -> UUID:
    """Return whose turns a task uses in the bulk queue: its tenant's, or those of its lane there."""
    tenant = tenant_id or NOBODY
    return uuid5(tenant, lane) if lane else tenant


class Task(models.Model):
    """One piece of work. The row is the truth; a message at the broker only says that it is there."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        DEAD = "dead", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    isolation = Isolation.TENANTLESS

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(null=True)
    share = models.UUIDField(default=NOBODY, help_text="whose turn it uses: the tenant's, or nobody's")
    name = models.CharField(max_length=128)
    queue = models.CharField(max_length=16)
    arguments = models.JSONField(default=dict)
    headers = models.JSONField(default=dict)
    unique = models.CharField(max_length=128, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, help_text="when the broker was last told of it")
    lease_until = models.DateTimeField(null=True, help_text="when a worker that says nothing counts as dead")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "unique"],
                condition=models.Q(state="queued") & ~models.Q(unique=""),
                name="jobs_task_waits_once",
            )
        ]
        indexes = [
            models.Index(fields=["run_at"], name="jobs_task_due", condition=models.Q(state="queued")),
            models.Index(
                fields=["queue", "share", "run_at"],
                name="jobs_task_turn",
                condition=models.Q(state="queued"),
            ),
            models.Index(fields=["lease_until"], name="jobs_task_lease", condition=models.Q(state="running")),
            models.Index(fields=["finished_at"], name="jobs_task_finished"),
            models.Index(fields=["finished_at"], name="jobs_task_dead", condition=models.Q(state="dead")),
            models.Index(fields=["tenant_id", "created_at"], name="jobs_task_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Turn(models.Model):
    """When the bulk work of a share was last begun: whoever waited longest is next."""

    share = models.UUIDField(primary_key=True)
    served_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.share)


class ScheduledRun(models.Model):
    """One time at which a schedule began its task."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=128)
    due_at = models.DateTimeField()
    task_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "due_at"], name="jobs_scheduled_run_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.due_at:%Y-%m-%d %H:%M}"


class Job(TenantModel):
    """A task that a person started and looks at. A job that is tried again, or retried, stays the same job."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    task_id = models.UUIDField(help_text="the task that does the work; a retry is a new one")
    kind = models.CharField(max_length=128, help_text="the task's name")
    title = models.CharField(max_length=200)
    starter_id = models.UUIDField(null=True)
    starter_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    log = models.JSONField(default=list)
    error = models.CharField(max_length=500, blank=True)
    result_key = models.CharField(max_length=200, blank=True)
    result_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(fields=["tenant_id", "-created_at", "-id"], name="jobs_job_newest"),
            models.Index(fields=["tenant_id", "starter_id", "-created_at", "-id"], name="jobs_job_own"),
            models.Index(fields=["task_id"], name="jobs_job_task"),
            models.Index(fields=["finished_at"], name="jobs_job_finished"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_ended(self) -> bool:
        return self.finished_at is not None

    @property
    def percent(self) -> int | None:
        """How far it is; unknown where nobody said how much there is to do."""
        if self.state == self.State.DONE:
            return 100
        return min(100 * self.done // self.total, 100) if self.total else None

    @property
    def rate(self) -> float:
        """How much was done in a second, on average."""
        if not (self.started_at and self.done):
            return 0
        passed = (self.finished_at or clock.now()) - self.started_at
        return self.done / max(passed.total_seconds(), 0.001)

    @property
    def remaining(self) -> timedelta | None:
        """How long it will take, if it goes on like this."""
        if self.state != self.State.RUNNING or not self.total or not self.rate:
            return None
        return timedelta(seconds=max(self.total - self.done, 0) / self.rate)
