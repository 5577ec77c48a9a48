from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_own_log"),
    ]

    operations = [
        migrations.AddField(
            model_name="auditdetail",
            name="on_behalf_of_label",
            field=models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
    ]
