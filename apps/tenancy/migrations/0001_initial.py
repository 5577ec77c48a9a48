import django.db.models.deletion
import django.db.models.functions.text
import django_tenants.postgresql_backend.base
from django.conf import settings
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import USER, AllowResolver, CreateResolver, EnableRowSecurity

# An invitation is about the person with its address for as long as they can accept it.
INVITED = (
    "accepted_at is null and revoked_at is null "  # noqa: S608 - constants
    f"and email = (select email from accounts_user where id = {USER})"
)
MINE = (
    f"id in (select tenant_id from tenancy_membership where user_id = {USER}) "  # noqa: S608 - constants
    f"or id in (select tenant_id from tenancy_invitation where {INVITED})"
)

# What only `migrate` and `cell` write, as the owner.
OWNERS_TABLES = (
    "django_migrations, django_content_type, auth_permission, auth_group, auth_group_permissions, "
    "accounts_user_groups, accounts_user_user_permissions"
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cell",
            fields=[
                (
                    "schema_name",
                    models.CharField(
                        db_index=True,
                        max_length=63,
                        unique=True,
                        validators=[django_tenants.postgresql_backend.base._check_schema_name],
                    ),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(choices=[("pool", "Pool"), ("silo", "Silo")], max_length=8)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "pool")), fields=("kind",), name="tenancy_cell_one_pool"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("slug", models.SlugField(max_length=40, unique=True, verbose_name="address")),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                (
                    "cell",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenants",
                        to="tenancy.cell",
                    ),
                ),
            ],
            options={
                "verbose_name": "workspace",
                "verbose_name_plural": "workspaces",
                "indexes": [models.Index(fields=["cell"], name="tenancy_tenant_cell")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("role", models.CharField(max_length=32, verbose_name="role")),
                (
                    "created_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="joined"),
                ),
                ("opened_at", models.DateTimeField(editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=apps.core.db.models.current_tenant_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name": "member",
                "verbose_name_plural": "members",
                "indexes": [models.Index(fields=["user"], name="tenancy_membership_user")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="tenancy_membership_tenant_id_id"),
                    models.UniqueConstraint(fields=("tenant", "user"), name="tenancy_membership_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("role", models.CharField(max_length=32, verbose_name="role")),
                ("token_hash", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=apps.core.db.models.current_tenant_id,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "-created_at"], name="tenancy_invitation_newest"),
                    models.Index(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=["email"],
                        name="tenancy_invitation_to_person",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "id"), name="tenancy_invitation_tenant_id_id"),
                    models.UniqueConstraint(
                        models.F("tenant"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        name="tenancy_invitation_one_open_per_address",
                    ),
                ],
            },
        ),
        EnableRowSecurity("Membership", own_rows=f"user_id = {USER}"),
        EnableRowSecurity("Invitation", own_rows=INVITED),
        EnableRowSecurity("Tenant", column="id", own_rows=MINE),
        AllowResolver("Invitation"),
        CreateResolver(
            "tenancy_resolve_invitation",
            argument="text",
            columns="tenant_id uuid, invitation_id uuid",
            query="select tenant_id, id from public.tenancy_invitation where token_hash = $1",
        ),
        migrations.RunSQL(
            f"revoke insert, update, delete on {OWNERS_TABLES} from tenon_app, tenon_platform;"
            "revoke insert, update, delete on tenancy_cell from tenon_app",
            f"grant insert, update, delete on {OWNERS_TABLES} to tenon_app, tenon_platform;"
            "grant insert, update, delete on tenancy_cell to tenon_app",
        ),
    ]
