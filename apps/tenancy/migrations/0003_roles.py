import django.contrib.postgres.fields
import django.db.models.functions.text
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import USER, EnableRowSecurity

# Permissions are known with the membership, before a workspace is in scope.
IN_MY_WORKSPACES = f"tenant_id in (select tenant_id from tenancy_membership where user_id = {USER})"  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_closing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Role",
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
                ("key", models.CharField(editable=False, max_length=32)),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64),
                        default=list,
                        size=None,
                        verbose_name="permissions",
                    ),
                ),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
            ],
            options={
                "verbose_name": "role",
                "verbose_name_plural": "roles",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="tenancy_role_tenant_id_id"),
                    models.UniqueConstraint(fields=("tenant_id", "key"), name="tenancy_role_key"),
                    models.UniqueConstraint(
                        models.F("tenant_id"),
                        django.db.models.functions.text.Lower("name"),
                        name="tenancy_role_name",
                    ),
                ],
            },
        ),
        EnableRowSecurity("Role", own_rows=IN_MY_WORKSPACES),
    ]
