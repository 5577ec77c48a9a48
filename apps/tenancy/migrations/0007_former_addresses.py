from django.db import migrations, models

import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import AllowResolver, CreateResolver, EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0006_domains"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerSlug",
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
                ("slug", models.CharField(max_length=40, verbose_name="address")),
                ("held_until", models.DateTimeField(verbose_name="held until")),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["slug"], name="tenancy_formerslug_slug")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="tenancy_formerslug_tenant_id_id"
                    ),
                    models.UniqueConstraint(fields=("tenant_id", "slug"), name="tenancy_formerslug_once"),
                ],
            },
        ),
        EnableRowSecurity("FormerSlug"),
        AllowResolver("FormerSlug"),
        CreateResolver(
            "tenancy_resolve_former_slug",
            argument="text",
            columns="tenant_id uuid",
            query="select tenant_id from public.tenancy_formerslug where slug = $1 and held_until > now()"
            " order by held_until desc",
        ),
    ]
