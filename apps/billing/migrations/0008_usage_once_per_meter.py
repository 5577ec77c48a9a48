from django.db import migrations, models


class Migration(migrations.Migration):
    """One row per identifier of a meter, instead of one per identifier.

    Usage is recorded meanwhile: the index is built beside the writes, and the former rule goes last.
    """

    atomic = False
    dependencies = [
        ("billing", "0007_webhook_waiting"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "drop index concurrently if exists billing_usage_once_per_meter",
                        "create unique index concurrently billing_usage_once_per_meter"
                        " on billing_usageevent (tenant_id, meter, identifier)",
                        "alter table billing_usageevent add constraint billing_usage_once_per_meter"
                        " unique using index billing_usage_once_per_meter",
                    ],
                    "alter table billing_usageevent drop constraint billing_usage_once_per_meter",
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="usageevent",
                    constraint=models.UniqueConstraint(
                        fields=("tenant_id", "meter", "identifier"), name="billing_usage_once_per_meter"
                    ),
                )
            ],
        ),
        migrations.RemoveConstraint(model_name="usageevent", name="billing_usage_counted_once"),
    ]
