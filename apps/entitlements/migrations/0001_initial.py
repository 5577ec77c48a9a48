from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="CurrentPlan",
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
                ("plan", models.CharField(blank=True, max_length=64, verbose_name="plan")),
                (
                    "standing",
                    models.CharField(
                        choices=[("full", "Full"), ("grace", "Grace"), ("read_only", "Read-only")],
                        max_length=16,
                        verbose_name="standing",
                    ),
                ),
                ("until", models.DateTimeField(null=True, verbose_name="until")),
                ("ends_at", models.DateTimeField(null=True, verbose_name="ends")),
                ("trial_end", models.DateTimeField(null=True, verbose_name="end of the trial")),
                ("source", models.CharField(blank=True, max_length=300, verbose_name="source")),
                (
                    "changed_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="changed"),
                ),
            ],
            options={
                "verbose_name": "current plan",
                "verbose_name_plural": "current plans",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="entitlements_currentplan_tenant_id_id"
                    ),
                    models.UniqueConstraint(fields=("tenant_id",), name="entitlements_plan_one_per_tenant"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitLock",
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
                ("limit", models.CharField(max_length=64)),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="entitlements_limitlock_tenant_id_id"
                    ),
                    models.UniqueConstraint(
                        fields=("tenant_id", "limit"), name="entitlements_lock_one_per_limit"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
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
                ("name", models.CharField(max_length=64, verbose_name="feature or limit")),
                ("value", models.PositiveIntegerField(blank=True, null=True, verbose_name="value")),
                (
                    "starts_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="granted"),
                ),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "reason",
                    models.CharField(
                        help_text="Why, for the audit log.", max_length=200, verbose_name="reason"
                    ),
                ),
                ("granted_by", models.UUIDField(editable=False, null=True, verbose_name="granted by")),
            ],
            options={
                "verbose_name": "override of a plan",
                "verbose_name_plural": "overrides of plans",
                "abstract": False,
                "indexes": [models.Index(fields=["tenant_id", "ends_at"], name="entitlements_override_ends")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="entitlements_override_tenant_id_id"
                    )
                ],
            },
        ),
        EnableRowSecurity("CurrentPlan"),
        EnableRowSecurity("Override"),
        EnableRowSecurity("LimitLock"),
    ]
