import django.db.models.functions.text
from django.db import migrations, models

import apps.core.clock
import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import AllowResolver, CreateResolver, EnableRowSecurity

# Grants by column can't say it: Django names every column when it inserts a person.
ONLY_THE_PLATFORM_MAKES_STAFF = """
create function accounts_refuse_staff() returns trigger language plpgsql set search_path = '' as $$
begin
    if current_user = 'tenon_app' and (new.is_staff or new.is_superuser)
            and (tg_op = 'INSERT' or (new.is_staff, new.is_superuser) <> (old.is_staff, old.is_superuser)) then
        raise exception 'Only the platform makes staff.' using errcode = 'insufficient_privilege';
    end if;
    return new;
end
$$;
create trigger only_the_platform_makes_staff before insert or update on accounts_user
    for each row execute function accounts_refuse_staff();
"""
ANYBODY_MAKES_STAFF = """
drop trigger only_the_platform_makes_staff on accounts_user;
drop function accounts_refuse_staff();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
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
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("prefix", models.CharField(editable=False, max_length=16, unique=True)),
                ("secret_hash", models.CharField(editable=False, max_length=64)),
                ("role", models.CharField(max_length=32, verbose_name="role")),
                ("created_by_id", models.UUIDField(editable=False)),
                ("created_at", models.DateTimeField(default=apps.core.clock.now, editable=False)),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("last_used_at", models.DateTimeField(editable=False, null=True)),
                ("revoked_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["tenant_id", "-created_at"], name="accounts_apikey_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="accounts_apikey_tenant_id_id")
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail address")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("time_zone", models.CharField(default="UTC", max_length=64, verbose_name="time zone")),
                ("language", models.CharField(default="en", max_length=8, verbose_name="language")),
                (
                    "theme",
                    models.CharField(
                        choices=[("system", "Like my device"), ("light", "Light"), ("dark", "Dark")],
                        default="system",
                        max_length=8,
                        verbose_name="theme",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False, help_text="May open the back office.", verbose_name="staff"
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=apps.core.clock.now, editable=False, verbose_name="joined"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="accounts_user_email_lower"
                    )
                ],
            },
        ),
        EnableRowSecurity("ApiKey"),
        AllowResolver("ApiKey"),
        CreateResolver(
            "accounts_resolve_key",
            argument="text",
            columns="tenant_id uuid, key_id uuid",
            query="select tenant_id, id from public.accounts_apikey where prefix = $1",
        ),
        migrations.RunSQL(ONLY_THE_PLATFORM_MAKES_STAFF, ANYBODY_MAKES_STAFF),
    ]
