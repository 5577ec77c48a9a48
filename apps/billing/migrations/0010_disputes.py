import django.db.models.deletion
from django.db import migrations, models

import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity, TenantForeignKeyConstraint


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_usage_days")]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "tenant_id",
                    models.UUIDField(default=apps.core.db.models.current_tenant_id, editable=False),
                ),
                ("stripe_id", models.CharField(max_length=64, unique=True)),
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=64, verbose_name="reason")),
                ("status", models.CharField(max_length=32, verbose_name="state")),
                ("is_over", models.BooleanField(verbose_name="over")),
                ("needs_answer", models.BooleanField(verbose_name="needs an answer")),
                ("answer_due_at", models.DateTimeField(null=True, verbose_name="answer due")),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                (
                    "account",
                    apps.core.db.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="disputes",
                        to="billing.billingaccount",
                    ),
                ),
            ],
            options={
                "verbose_name": "dispute",
                "verbose_name_plural": "disputes",
                "abstract": False,
                "indexes": [models.Index(fields=["tenant_id", "-opened_at"], name="billing_dispute_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="billing_dispute_tenant_id_id")
                ],
            },
        ),
        EnableRowSecurity("dispute"),
        TenantForeignKeyConstraint("dispute", "account"),
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(
                condition=models.Q(("state", "parked")),
                fields=["received_at"],
                name="billing_webhookevent_parked",
            ),
        ),
        migrations.AddIndex(
            model_name="usageevent",
            index=models.Index(
                condition=models.Q(("state", "parked")), fields=["due_at"], name="billing_usage_parked"
            ),
        ),
    ]
