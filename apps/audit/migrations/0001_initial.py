import django.db.models.deletion
from django.db import migrations, models

import apps.core.clock
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity, TenantForeignKeyConstraint

# Grants stop the application, the trigger also whoever owns the tables.
APPEND_ONLY = """
revoke update, delete, truncate on audit_entry, audit_detail from tenon_app, tenon_platform;
create function audit_refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
    raise exception 'The audit log is append-only: % on % is refused.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;
create trigger append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_refuse_change();
create trigger append_only before update or truncate on audit_detail
    for each statement execute function audit_refuse_change();
"""
DROP_APPEND_ONLY = """
drop trigger append_only on audit_detail;
drop trigger append_only on audit_entry;
drop function audit_refuse_change();
grant update, delete on audit_entry, audit_detail to tenon_app, tenon_platform;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField(default=apps.core.clock.now)),
                ("action", models.CharField(max_length=64)),
                ("actor_kind", models.CharField(max_length=16)),
                ("actor_id", models.UUIDField(null=True)),
                ("on_behalf_of_id", models.UUIDField(null=True)),
                ("target_type", models.CharField(max_length=64)),
                ("target_id", models.UUIDField(null=True)),
                ("field_names", models.JSONField(default=list)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("session_id", models.CharField(blank=True, max_length=64)),
                ("details_digest", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "db_table": "audit_entry",
            },
        ),
        migrations.CreateModel(
            name="AuditDetail",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="detail",
                        serialize=False,
                        to="audit.auditentry",
                    ),
                ),
                ("tenant_id", models.UUIDField(null=True)),
                ("salt", models.CharField(max_length=32)),
                ("actor_label", models.CharField(blank=True, max_length=254)),
                ("target_label", models.CharField(blank=True, max_length=254)),
                ("address", models.GenericIPAddressField(null=True)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
            ],
            options={
                "db_table": "audit_detail",
            },
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant_id", "actor_id", "-id"], name="audit_entry_actor"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant_id", "action", "-id"], name="audit_entry_action"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant_id", "target_id", "-id"], name="audit_entry_target"),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["tenant_id", "occurred_at"], name="audit_entry_time"),
        ),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.UniqueConstraint(fields=("tenant_id", "id"), name="audit_entry_tenant_id_id"),
        ),
        migrations.AddIndex(
            model_name="auditdetail",
            index=models.Index(fields=["tenant_id", "entry"], name="audit_detail_tenant"),
        ),
        EnableRowSecurity("AuditEntry", tenantless=True),
        EnableRowSecurity("AuditDetail", tenantless=True),
        TenantForeignKeyConstraint("AuditDetail", "entry"),
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
    ]
