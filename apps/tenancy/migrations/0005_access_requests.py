import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0004_suspended_members"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessRequest",
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
                ("permission", models.CharField(max_length=64)),
                ("message", models.CharField(blank=True, max_length=500, verbose_name="message")),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                ("is_granted", models.BooleanField(editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "access request",
                "verbose_name_plural": "access requests",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant_id", "-created_at"], name="tenancy_accessrequest_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="tenancy_accessrequest_tenant_id_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)),
                        fields=("tenant_id", "user", "permission"),
                        name="tenancy_accessrequest_one_open",
                    ),
                ],
            },
        ),
        EnableRowSecurity("AccessRequest"),
        migrations.AddField(
            model_name="tenant",
            name="access_requests_open",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
