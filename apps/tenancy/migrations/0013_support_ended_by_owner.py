from django.db import migrations, models

ENDINGS = [
    ("staff", "ended by support"),
    ("owner", "ended by an owner"),
    ("time", "time was up"),
    ("withdrawn", "access was withdrawn"),
    ("member", "the member left"),
    ("staff_gone", "no longer support"),
]


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0012_support")]

    operations = [
        migrations.AlterField(
            "supportsession",
            "ending",
            models.CharField(
                blank=True, choices=ENDINGS, editable=False, max_length=12, verbose_name="why it ended"
            ),
        ),
    ]
