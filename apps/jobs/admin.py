"""Background work in the back office: tasks, those that failed first of all; schedules; and people's jobs."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.core.backoffice import BackofficeModelAdmin, RepeatableAdmin, TenantModelAdmin
from apps.jobs import upkeep
from apps.jobs.models import Job, ScheduledRun, Task


@admin.register(Task)
class TaskAdmin(RepeatableAdmin):
    """Failed tasks are those that failed every try: somebody must look."""

    list_display = ["created_at", "name", "state", "workspace", "attempts", "why"]
    list_filter = ["state", "queue"]
    search_fields = ["=name"]
    search_help_text = _("Search by the task's whole name.")
    ordering = ["-id"]
    fields = [
        "name",
        "queue",
        "state",
        "workspace",
        "arguments",
        "attempts",
        "error",
        "created_at",
        "run_at",
        "started_at",
        "finished_at",
        "lease_until",
    ]
    replay_rows = staticmethod(upkeep.replay)
    discard_rows = staticmethod(upkeep.discard)

    def failed(self, rows: Any) -> Any:
        return rows.filter(state=Task.State.DEAD)

    def waiting(self) -> dict[str, Any]:
        return {"state__exact": Task.State.DEAD}


@admin.register(ScheduledRun)
class ScheduledRunAdmin(BackofficeModelAdmin):
    list_display = ["due_at", "name", "task_id"]
    search_fields = ["=name"]
    search_help_text = _("Search by the task's whole name.")
    ordering = ["-due_at"]
    fields = ["name", "due_at", "task_id"]


@admin.register(Job)
class JobAdmin(TenantModelAdmin):
    list_display = ["created_at", "title", "state", "workspace", "starter_name", "done", "total"]
    list_filter = ["state"]
    search_fields = ["=kind"]
    search_help_text = _("Search by the task's whole name.")
    ordering = ["-created_at"]
    fields = [
        "title",
        "kind",
        "state",
        "workspace",
        "starter_name",
        "task_id",
        "attempts",
        "done",
        "total",
        "error",
        "log",
        "result_name",
        "created_at",
        "started_at",
        "finished_at",
    ]
