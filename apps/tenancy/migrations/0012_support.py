from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity

ACCESS = [("off", "No access"), ("look", "May look"), ("change", "May look and change")]
ENDINGS = [
    ("staff", "ended by support"),
    ("time", "time was up"),
    ("withdrawn", "access was withdrawn"),
    ("member", "the member left"),
    ("staff_gone", "no longer support"),
]


def person() -> Any:
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tenancy", "0011_policy"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="support_access",
            field=models.CharField(
                choices=ACCESS, db_default="off", default="off", max_length=8, verbose_name="support access"
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="support_until",
            field=models.DateField(null=True, verbose_name="until"),
        ),
        migrations.CreateModel(
            name="SupportSession",
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
                ("reason", models.CharField(max_length=300, verbose_name="reason")),
                ("ticket", models.CharField(blank=True, max_length=60, verbose_name="ticket")),
                ("may_write", models.BooleanField(default=False, verbose_name="may change")),
                (
                    "began_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="began"),
                ),
                ("until", models.DateTimeField(verbose_name="until")),
                ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="ended")),
                ("ended_by_id", models.UUIDField(editable=False, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=ENDINGS,
                        editable=False,
                        max_length=12,
                        verbose_name="why it ended",
                    ),
                ),
                ("staff", person()),
                ("user", person()),
            ],
            options={
                "verbose_name": "support session",
                "verbose_name_plural": "support sessions",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="tenancy_supportsession_tenant_id_id"
                    )
                ],
            },
        ),
        EnableRowSecurity("SupportSession"),
    ]
