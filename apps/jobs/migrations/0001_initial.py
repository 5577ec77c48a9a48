import uuid

from django.db import migrations, models

import apps.core.clock
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity

# Whoever listens hears of it when the transaction commits.
NOTIFY = """
create function jobs_task_notify() returns trigger language plpgsql as $$
begin
    perform pg_notify('jobs_task', '');
    return null;
end $$;
create trigger jobs_task_notify after insert on jobs_task
    for each statement execute function jobs_task_notify();
"""
DROP_NOTIFY = """
drop trigger jobs_task_notify on jobs_task;
drop function jobs_task_notify();
"""

# Whose turn it is, and what was begun when, is the platform's alone.
REVOKE = "revoke all on jobs_turn, jobs_scheduledrun from tenon_app"
GRANT = "grant select, insert, update, delete on jobs_turn, jobs_scheduledrun to tenon_app"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("share", models.UUIDField(primary_key=True, serialize=False)),
                ("served_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(null=True)),
                (
                    "share",
                    models.UUIDField(
                        default=uuid.UUID("00000000-0000-0000-0000-000000000000"),
                        help_text="whose turn it uses: the tenant's, or nobody's",
                    ),
                ),
                ("name", models.CharField(max_length=128)),
                ("queue", models.CharField(max_length=16)),
                ("arguments", models.JSONField(default=dict)),
                ("headers", models.JSONField(default=dict)),
                ("unique", models.CharField(blank=True, max_length=128)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("dead", "Failed"),
                            ("discarded", "Discarded"),
                        ],
                        default="queued",
                        max_length=16,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("run_at", models.DateTimeField(default=apps.core.clock.now)),
                ("sent_at", models.DateTimeField(help_text="when the broker was last told of it", null=True)),
                (
                    "lease_until",
                    models.DateTimeField(
                        help_text="when a worker that says nothing counts as dead", null=True
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["run_at"], name="jobs_task_due"
                    ),
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["queue", "share", "run_at"],
                        name="jobs_task_turn",
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")),
                        fields=["lease_until"],
                        name="jobs_task_lease",
                    ),
                    models.Index(fields=["finished_at"], name="jobs_task_finished"),
                    models.Index(fields=["tenant_id", "created_at"], name="jobs_task_tenant"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "queued"), models.Q(("unique", ""), _negated=True)),
                        fields=("name", "unique"),
                        name="jobs_task_waits_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ScheduledRun",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=128)),
                ("due_at", models.DateTimeField()),
                ("task_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("name", "due_at"), name="jobs_scheduled_run_once")
                ],
            },
        ),
        EnableRowSecurity("Task", tenantless=True),
        migrations.RunSQL(REVOKE, GRANT),
        migrations.RunSQL(NOTIFY, DROP_NOTIFY),
    ]
