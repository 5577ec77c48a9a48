from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity

# What the owner copies from another database brings its own queue along, so it is not queued again.
QUEUE = """
create function audit_queue() returns trigger language plpgsql security definer set search_path = '' as $$
begin
    perform set_config('app.migrating', 'on', true);
    insert into public.audit_pending (entry_id, tenant_id) select id, tenant_id from added;
    perform set_config('app.migrating', '', true);
    return null;
end
$$;
revoke all on function audit_queue() from public;
create trigger queue after insert on audit_entry referencing new table as added for each statement
    when (current_setting('app.migrating', true) is distinct from 'on') execute function audit_queue();
revoke insert, update, delete, truncate on audit_pending from tenon_app;
revoke insert, update, truncate on audit_pending from tenon_platform;
insert into audit_pending (entry_id, tenant_id) select id, tenant_id from audit_entry;

revoke insert, update, delete, truncate on audit_batch from tenon_app;
revoke update, delete, truncate on audit_batch from tenon_platform;
create trigger append_only before update or delete or truncate on audit_batch
    for each statement execute function audit_refuse_change();
create trigger append_only before update or delete or truncate on audit_erasure
    for each statement execute function audit_refuse_change();
"""
DROP_QUEUE = """
drop trigger append_only on audit_erasure;
drop trigger append_only on audit_batch;
drop trigger queue on audit_entry;
drop function audit_queue();
"""

# Each takes the receipt that the application signed, and adds to it what it counted.
ERASE = """
drop function audit_erase_tenant(uuid);
create function audit_erase_tenant(signed jsonb) returns table (entries bigint, details bigint)
language plpgsql security definer set search_path = '' as $$
declare
    receipt public.audit_erasure := jsonb_populate_record(null::public.audit_erasure, signed);
    tenant uuid := receipt.workspace_id;
begin
    perform set_config('app.migrating', 'on', true), set_config('audit.erasing', 'on', true);
    if exists (select from public.audit_batch b where b.tenant_id = tenant and b.number > receipt.through) then
        raise exception 'The log of % goes on after batch %.', tenant, receipt.through;
    end if;
    select encode(sha256(convert_to(coalesce(string_agg(e.id || e.details_digest, ',' order by e.id), ''), 'utf8')), 'hex')
        into receipt.digest from public.audit_entry e where e.tenant_id = tenant;
    delete from public.audit_pending p where p.tenant_id = tenant;
    delete from public.audit_batch b where b.tenant_id = tenant;
    delete from public.audit_detail d where d.tenant_id = tenant;
    get diagnostics details = row_count;
    delete from public.audit_entry e where e.tenant_id = tenant;
    get diagnostics entries = row_count;
    if entries + details > 0 then
        delete from public.audit_erasure r where r.workspace_id = tenant and r.kind <> 'log';
        receipt.entries := entries;
        receipt.details := details;
        insert into public.audit_erasure select receipt.*;
    end if;
    perform set_config('app.migrating', '', true), set_config('audit.erasing', '', true);
    return next;
end
$$;
revoke all on function audit_erase_tenant(jsonb) from public;
grant execute on function audit_erase_tenant(jsonb) to tenon_platform;
"""
DROP_ERASE = """
drop function audit_erase_tenant(jsonb);
create function audit_erase_tenant(tenant uuid) returns table (entries bigint, details bigint) language plpgsql as $$
begin
    raise exception 'Migrate audit to zero and back to make this function again.';
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_erasure")]

    operations = [
        migrations.CreateModel(
            name="AuditPending",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "audit_pending",
                "indexes": [models.Index(fields=["tenant_id", "entry_id"], name="audit_pending_tenant")],
            },
        ),
        migrations.CreateModel(
            name="AuditBatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tenant_id", models.UUIDField(null=True)),
                ("number", models.PositiveBigIntegerField()),
                ("first", models.PositiveBigIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("entry_ids", ArrayField(base_field=models.UUIDField(), size=None)),
                ("entry_hashes", models.BinaryField()),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("kid", models.CharField(max_length=16)),
                ("signature", models.CharField(max_length=128)),
            ],
            options={
                "verbose_name_plural": "audit batches",
                "db_table": "audit_batch",
                "constraints": [
                    models.UniqueConstraint(
                        fields=["tenant_id", "number"],
                        name="audit_batch_tenant_id_number",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="auditerasure",
            name="kind",
            field=models.CharField(
                choices=[("log", "Log"), ("past", "Past"), ("details", "Details")],
                default="log",
                max_length=8,
            ),
        ),
        *(
            migrations.AddField(
                model_name="auditerasure", name=name, field=models.PositiveBigIntegerField(default=0)
            )
            for name in ("through", "last")
        ),
        *(
            migrations.AddField(
                model_name="auditerasure", name=name, field=models.CharField(blank=True, max_length=length)
            )
            for name, length in (("head", 64), ("kid", 16), ("signature", 128))
        ),
        migrations.AddField(
            model_name="auditerasure",
            name="entry_ids",
            field=ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AlterField(
            model_name="auditerasure",
            name="digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="auditerasure",
            name="workspace_id",
            field=models.UUIDField(null=True),
        ),
        EnableRowSecurity("AuditPending", tenantless=True),
        EnableRowSecurity("AuditBatch", tenantless=True),
        migrations.RunSQL(QUEUE, DROP_QUEUE),
        migrations.RunSQL(ERASE, DROP_ERASE),
    ]
