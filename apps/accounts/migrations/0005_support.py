from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_keys_with_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_support",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="May work in a workspace as one of its members, if it consents.",
                verbose_name="support",
            ),
        ),
    ]
