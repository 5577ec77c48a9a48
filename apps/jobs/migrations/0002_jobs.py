from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant_id",
                    models.UUIDField(default=apps.core.db.models.current_tenant_id, editable=False),
                ),
                ("task_id", models.UUIDField(help_text="the task that does the work; a retry is a new one")),
                ("kind", models.CharField(help_text="the task's name", max_length=128)),
                ("title", models.CharField(max_length=200)),
                ("starter_id", models.UUIDField(null=True)),
                ("starter_name", models.CharField(blank=True, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=16,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("done", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveBigIntegerField(null=True)),
                ("log", models.JSONField(default=list)),
                ("error", models.CharField(blank=True, max_length=500)),
                ("result_key", models.CharField(blank=True, max_length=200)),
                ("result_name", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("cancel_asked_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "job",
                "verbose_name_plural": "jobs",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant_id", "-created_at", "-id"], name="jobs_job_newest"),
                    models.Index(
                        fields=["tenant_id", "starter_id", "-created_at", "-id"], name="jobs_job_own"
                    ),
                    models.Index(fields=["task_id"], name="jobs_job_task"),
                    models.Index(fields=["finished_at"], name="jobs_job_finished"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="jobs_job_tenant_id_id")
                ],
            },
        ),
        EnableRowSecurity("Job"),
    ]
