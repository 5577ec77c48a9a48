from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("radar", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="signal",
            index=models.Index(
                fields=["tenant_id", "deleted_at"],
                condition=models.Q(("deleted_at", None), _negated=True),
                name="radar_signal_deleted",
            ),
        ),
    ]
