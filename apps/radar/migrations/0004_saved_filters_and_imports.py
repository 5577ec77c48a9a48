import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity, TenantForeignKeyConstraint


class Migration(migrations.Migration):
    dependencies = [
        ("radar", "0003_search"),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
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
                ("owner_id", models.UUIDField(editable=False)),
                ("file_name", models.CharField(max_length=200)),
                ("size", models.PositiveIntegerField()),
                ("encoding", models.CharField(max_length=16)),
                ("delimiter", models.CharField(max_length=1)),
                ("header", models.JSONField()),
                ("columns", models.JSONField(default=dict)),
                (
                    "dates",
                    models.CharField(
                        choices=[
                            ("iso", "2026-11-30"),
                            ("day", "30.11.2026 or 30/11/2026"),
                            ("month", "11/30/2026"),
                        ],
                        default="iso",
                        max_length=8,
                    ),
                ),
                ("adds_competitors", models.BooleanField(default=False)),
                ("skips_duplicates", models.BooleanField(default=True)),
                ("rows_good", models.PositiveIntegerField(null=True)),
                ("rows_faulty", models.PositiveIntegerField(null=True)),
                ("rows_duplicate", models.PositiveIntegerField(null=True)),
                ("new_competitors", models.PositiveIntegerField(null=True)),
                ("first_faults", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["tenant_id", "finished_at", "created_at"], name="radar_import_unfinished"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="radar_import_tenant_id_id")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
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
                ("owner_id", models.UUIDField(editable=False)),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=2000)),
                ("is_shared", models.BooleanField(default=False, verbose_name="shared")),
                ("is_default", models.BooleanField(default=False, verbose_name="default")),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="radar_savedfilter_tenant_id_id"
                    ),
                    models.UniqueConstraint(
                        models.F("tenant_id"),
                        models.F("owner_id"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("is_shared", False)),
                        name="radar_savedfilter_own_name",
                    ),
                    models.UniqueConstraint(
                        models.F("tenant_id"),
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("is_shared", True)),
                        name="radar_savedfilter_shared_name",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True), ("is_shared", False)),
                        fields=("tenant_id", "owner_id"),
                        name="radar_savedfilter_own_default",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True), ("is_shared", True)),
                        fields=("tenant_id",),
                        name="radar_savedfilter_shared_default",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportPart",
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
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "import_file",
                    apps.core.db.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="radar.import",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="radar_importpart_tenant_id_id"),
                    models.UniqueConstraint(
                        fields=("tenant_id", "import_file", "number"), name="radar_importpart_one_per_number"
                    ),
                ],
            },
        ),
        EnableRowSecurity("SavedFilter"),
        EnableRowSecurity("Import"),
        EnableRowSecurity("ImportPart"),
        TenantForeignKeyConstraint("ImportPart", "import_file"),
    ]
