import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity, TenantForeignKeyConstraint


class Migration(migrations.Migration):
    dependencies = [
        ("radar", "0004_saved_filters_and_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attribute",
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
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("slug", models.CharField(editable=False, max_length=40, verbose_name="short name")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("number", "Number"),
                            ("date", "Date"),
                            ("choice", "Choice"),
                            ("yes_no", "Yes or no"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("position", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("deleted_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "attribute",
                "verbose_name_plural": "attributes",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AttributeValue",
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
                ("text", models.CharField(max_length=200, null=True)),
                ("number", models.FloatField(null=True)),
                ("day", models.DateField(null=True)),
                ("flag", models.BooleanField(null=True)),
            ],
            options={
                "verbose_name": "value of an attribute",
                "verbose_name_plural": "values of attributes",
            },
        ),
        migrations.AddField(
            model_name="signal",
            name="attributes",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        migrations.AddIndex(
            model_name="signal",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["tenant_id", "seen_at"],
                include=("kind", "importance"),
                name="radar_signal_overview",
            ),
        ),
        migrations.AddConstraint(
            model_name="attribute",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "id"), name="radar_attribute_tenant_id_id"
            ),
        ),
        migrations.AddConstraint(
            model_name="attribute",
            constraint=models.UniqueConstraint(
                models.F("tenant_id"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("deleted_at", None)),
                name="radar_attribute_one_per_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="attribute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at", None)),
                fields=("tenant_id", "slug"),
                name="radar_attribute_one_per_slug",
            ),
        ),
        migrations.AddField(
            model_name="attributevalue",
            name="attribute",
            field=apps.core.db.models.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="values",
                to="radar.attribute",
            ),
        ),
        migrations.AddField(
            model_name="attributevalue",
            name="signal",
            field=apps.core.db.models.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="values",
                to="radar.signal",
            ),
        ),
        migrations.AddIndex(
            model_name="attributevalue",
            index=models.Index(
                condition=models.Q(("text__isnull", False)),
                fields=["tenant_id", "attribute", "text", "signal"],
                name="radar_attributevalue_text",
            ),
        ),
        migrations.AddIndex(
            model_name="attributevalue",
            index=models.Index(
                condition=models.Q(("number__isnull", False)),
                fields=["tenant_id", "attribute", "number", "signal"],
                name="radar_attributevalue_number",
            ),
        ),
        migrations.AddIndex(
            model_name="attributevalue",
            index=models.Index(
                condition=models.Q(("day__isnull", False)),
                fields=["tenant_id", "attribute", "day", "signal"],
                name="radar_attributevalue_day",
            ),
        ),
        migrations.AddIndex(
            model_name="attributevalue",
            index=models.Index(
                condition=models.Q(("flag__isnull", False)),
                fields=["tenant_id", "attribute", "flag", "signal"],
                name="radar_attributevalue_flag",
            ),
        ),
        migrations.AddConstraint(
            model_name="attributevalue",
            constraint=models.UniqueConstraint(
                fields=("tenant_id", "signal", "attribute"), name="radar_attributevalue_once"
            ),
        ),
        EnableRowSecurity("Attribute"),
        EnableRowSecurity("AttributeValue"),
        TenantForeignKeyConstraint("AttributeValue", "attribute"),
        TenantForeignKeyConstraint("AttributeValue", "signal"),
    ]
