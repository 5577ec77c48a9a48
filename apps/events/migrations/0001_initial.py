import django.db.models.deletion
from django.db import migrations, models

import apps.core.clock
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OutboxEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("aggregatetype", models.CharField(max_length=64)),
                ("aggregateid", models.CharField(max_length=64)),
                ("type", models.CharField(max_length=128)),
                ("payload", models.JSONField()),
                ("tenant_id", models.UUIDField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("occurred_at", models.DateTimeField(default=apps.core.clock.now)),
                ("published_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "events_outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("published_at", None)),
                        fields=["id"],
                        name="events_outbox_unpublished",
                    ),
                    models.Index(fields=["tenant_id", "occurred_at"], name="events_outbox_tenant"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("consumer", models.CharField(max_length=128)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=apps.core.clock.now)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("parked_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="events.outboxevent",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at", None), ("parked_at", None)),
                        fields=["due_at"],
                        name="events_delivery_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event", "consumer"), name="events_delivery_once_per_consumer"
                    )
                ],
            },
        ),
        EnableRowSecurity("OutboxEvent", tenantless=True),
        # Delivering is the platform's work alone.
        migrations.RunSQL(
            "revoke all on events_delivery from tenon_app",
            "grant select, insert, update, delete on events_delivery to tenon_app",
        ),
    ]
