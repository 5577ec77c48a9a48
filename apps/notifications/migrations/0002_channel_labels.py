from django.db import migrations, models

CHANNELS = [
    ("inbox", "Inbox only"),
    ("mail", "Inbox and e-mail, at once"),
    ("digest", "Inbox and e-mail, once a day"),
    ("off", "Not at all"),
]


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        migrations.AlterField("notification", "channel", models.CharField(choices=CHANNELS, max_length=8)),
        migrations.AlterField("preference", "channel", models.CharField(choices=CHANNELS, max_length=8)),
    ]
