import django.core.validators
from django.db import migrations, models

import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="FlagException",
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
                ("flag", models.CharField(max_length=64, verbose_name="flag")),
                (
                    "state",
                    models.CharField(
                        choices=[("on", "On"), ("off", "Off"), ("share", "As the share of workspaces says")],
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        help_text="Why. The workspace reads it in its audit log.",
                        max_length=200,
                        verbose_name="reason",
                    ),
                ),
            ],
            options={
                "verbose_name": "feature flag exception",
                "verbose_name_plural": "feature flag exceptions",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="flags_flagexception_tenant_id_id"
                    ),
                    models.UniqueConstraint(fields=("tenant_id", "flag"), name="flags_exception_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FlagShare",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("flag", models.CharField(max_length=64, unique=True, verbose_name="flag")),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="percent of workspaces",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        help_text="Why, for the audit log.", max_length=200, verbose_name="reason"
                    ),
                ),
            ],
            options={
                "verbose_name": "feature flag",
                "verbose_name_plural": "feature flags",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("percent__lte", 100)), name="flags_share_at_most_all"
                    )
                ],
            },
        ),
        EnableRowSecurity("FlagException"),
        # The share is for all workspaces, so no workspace's request writes it.
        migrations.RunSQL(
            "revoke insert, update, delete on flags_flagshare from tenon_app",
            "grant insert, update, delete on flags_flagshare to tenon_app",
        ),
    ]
