import django.contrib.postgres.fields
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0008_actor_and_action")]

    operations = [
        migrations.AddField(
            model_name="auditerasure",
            name="subject_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), null=True, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="auditerasure",
            index=GinIndex(fields=["subject_ids"], name="audit_erasure_subjects"),
        ),
    ]
