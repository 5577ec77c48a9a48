from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import AllowResolver, CreateResolver, EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0008_logo"),
    ]

    operations = [
        migrations.CreateModel(
            name="HostName",
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
                ("host", models.CharField(max_length=253, verbose_name="host name")),
                ("token", models.CharField(editable=False, max_length=64)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("verified_at", models.DateTimeField(editable=False, null=True, verbose_name="verified")),
            ],
            options={
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="tenancy_hostname_tenant_id_id"),
                    models.UniqueConstraint(fields=("tenant_id", "host"), name="tenancy_hostname_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("verified_at__isnull", False)),
                        fields=("host",),
                        name="tenancy_hostname_one_verified",
                    ),
                ],
            },
        ),
        EnableRowSecurity("HostName"),
        AllowResolver("HostName"),
        CreateResolver(
            "tenancy_resolve_host",
            argument="text",
            columns="tenant_id uuid",
            query="select tenant_id from public.tenancy_hostname where host = $1 and verified_at is not null",
        ),
    ]
