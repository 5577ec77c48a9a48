"""Tasks: the work that waits, runs, is done, or needs somebody to look."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.isolation import Isolation
from apps.core.ids import new_id

NOBODY = UUID(int=0)  # the share of tasks without a tenant


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
            models.Index(fields=["tenant_id", "created_at"], name="jobs_task_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class Turn(models.Model):
    """When a tenant's bulk work was last begun: whoever waited longest is next."""

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
