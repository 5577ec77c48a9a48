from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_jobs")]

    operations = [
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state", "dead")), fields=["finished_at"], name="jobs_task_dead"
            ),
        ),
    ]
