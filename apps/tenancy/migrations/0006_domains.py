import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import AllowResolver, CreateResolver, EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0005_access_requests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DomainClaim",
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
                ("domain", models.CharField(max_length=253, verbose_name="domain")),
                ("mailbox", models.CharField(max_length=16, verbose_name="mailbox")),
                ("role", models.CharField(max_length=32, verbose_name="role")),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(editable=False, null=True)),
                ("withdrawn_at", models.DateTimeField(editable=False, null=True)),
                (
                    "claimed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "domain",
                "verbose_name_plural": "domains",
                "abstract": False,
                "indexes": [
                    models.Index(fields=["tenant_id", "-created_at"], name="tenancy_domainclaim_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant_id", "id"), name="tenancy_domainclaim_tenant_id_id"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("tenant_id", "domain"),
                        name="tenancy_domainclaim_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("verified_at__isnull", False), ("withdrawn_at", None)),
                        fields=("domain",),
                        name="tenancy_domainclaim_one_holder",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Removal",
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
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
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
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="tenancy_removal_tenant_id_id"),
                    models.UniqueConstraint(fields=("tenant_id", "user"), name="tenancy_removal_once"),
                ],
            },
        ),
        EnableRowSecurity("DomainClaim"),
        EnableRowSecurity("Removal"),
        AllowResolver("DomainClaim"),
        CreateResolver(
            "tenancy_resolve_domain",
            argument="text",
            columns="tenant_id uuid, claim_id uuid",
            query="select tenant_id, id from public.tenancy_domainclaim "
            "where domain = $1 and verified_at is not null and withdrawn_at is null",
        ),
        CreateResolver(
            "tenancy_resolve_domain_claim",
            argument="text",
            columns="tenant_id uuid, claim_id uuid",
            query="select tenant_id, id from public.tenancy_domainclaim where token_hash = $1",
        ),
    ]
