from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_names")]

    operations = [
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(
                condition=models.Q(("state__in", ["received", "failed"])),
                fields=["customer_id"],
                name="billing_webhookevent_waiting",
            ),
        ),
    ]
