from django.db import migrations, models

import apps.core.ids

# The seal opens for one function alone, which leaves a receipt of what it took away.
FUNCTION = """
create or replace function audit_refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
    if tg_op = 'DELETE' and current_setting('audit.erasing', true) = 'on' then
        return null;
    end if;
    raise exception 'The audit log is append-only: % on % is refused.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

create function audit_erase_tenant(tenant uuid) returns table (entries bigint, details bigint)
language plpgsql security definer set search_path = '' as $$
declare
    log_digest text;
begin
    perform set_config('app.migrating', 'on', true), set_config('audit.erasing', 'on', true);
    select encode(sha256(convert_to(coalesce(string_agg(e.id || e.details_digest, ',' order by e.id), ''), 'utf8')), 'hex')
        into log_digest from public.audit_entry e where e.tenant_id = tenant;
    delete from public.audit_detail d where d.tenant_id = tenant;
    get diagnostics details = row_count;
    delete from public.audit_entry e where e.tenant_id = tenant;
    get diagnostics entries = row_count;
    if entries + details > 0 then
        insert into public.audit_erasure (id, workspace_id, erased_at, entries, details, digest)
        values (gen_random_uuid(), tenant, clock_timestamp(), entries, details, log_digest);
    end if;
    perform set_config('app.migrating', '', true), set_config('audit.erasing', '', true);
    return next;
end
$$;
revoke all on function audit_erase_tenant(uuid) from public;
grant execute on function audit_erase_tenant(uuid) to tenon_platform;
revoke all on audit_erasure from tenon_app;
revoke insert, update, delete, truncate on audit_erasure from tenon_platform;
"""
DROP_FUNCTION = """
drop function audit_erase_tenant(uuid);
create or replace function audit_refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
    raise exception 'The audit log is append-only: % on % is refused.', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AuditErasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("workspace_id", models.UUIDField()),
                ("erased_at", models.DateTimeField()),
                ("entries", models.PositiveBigIntegerField()),
                ("details", models.PositiveBigIntegerField()),
                ("digest", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "audit_erasure",
                "indexes": [models.Index(fields=["workspace_id"], name="audit_erasure_workspace")],
            },
        ),
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
    ]
