from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_span_of_time")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(
                fields=["tenant_id", "actor_id", "action", "-occurred_at", "-id"], name="audit_entry_by_both"
            ),
        ),
    ]
