from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_disputes")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="collection_paused",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
