import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity, TenantForeignKeyConstraint


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Competitor",
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
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("website", models.URLField(blank=True, max_length=500, verbose_name="website")),
                ("notes", models.TextField(blank=True, max_length=5000, verbose_name="notes")),
                (
                    "created_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="added"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "competitor",
                "verbose_name_plural": "competitors",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant_id", "name", "id"], name="radar_competitor_by_name"),
                    models.Index(fields=["tenant_id", "-created_at", "-id"], name="radar_competitor_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="radar_competitor_tenant_id_id"),
                    models.UniqueConstraint(
                        models.F("tenant_id"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("deleted_at", None)),
                        name="radar_competitor_one_per_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Signal",
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
                ("title", models.CharField(max_length=200, verbose_name="title")),
                ("source_url", models.URLField(blank=True, max_length=500, verbose_name="source address")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("price", "Price"),
                            ("product", "Product"),
                            ("hiring", "Hiring"),
                            ("funding", "Funding"),
                            ("press", "Press"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "importance",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "Low"), (2, "Medium"), (3, "High")], default=2, verbose_name="importance"
                    ),
                ),
                ("seen_at", models.DateTimeField(default=apps.core.clock.now, verbose_name="seen")),
                (
                    "created_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="added"),
                ),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
                (
                    "competitor",
                    apps.core.db.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="signals",
                        to="radar.competitor",
                    ),
                ),
            ],
            options={
                "verbose_name": "signal",
                "verbose_name_plural": "signals",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant_id", "-seen_at", "-id"], name="radar_signal_newest"),
                    models.Index(
                        fields=["tenant_id", "competitor", "-seen_at"], name="radar_signal_competitor"
                    ),
                    models.Index(
                        fields=["tenant_id", "-importance", "-seen_at", "-id"],
                        name="radar_signal_most_important",
                    ),
                    models.Index(fields=["tenant_id", "title", "id"], name="radar_signal_by_title"),
                    models.Index(fields=["tenant_id", "kind", "-seen_at"], name="radar_signal_kind"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="radar_signal_tenant_id_id")
                ],
            },
        ),
        EnableRowSecurity("Competitor"),
        EnableRowSecurity("Signal"),
        TenantForeignKeyConstraint("Signal", "competitor"),
    ]
