from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_channel_labels")]

    operations = [
        migrations.AddField(
            "notification",
            "subject_id",
            models.UUIDField(null=True, help_text="the person whom the values name"),
        ),
    ]
