from django.db import migrations

# Each takes the receipt that the application signed, and adds to it what it counted. Nobody else deletes anything.
FUNCTIONS = """
create function audit_erase_past(signed jsonb) returns table (entries bigint, details bigint)
language plpgsql security definer set search_path = '' as $$
declare
    receipt public.audit_erasure := jsonb_populate_record(null::public.audit_erasure, signed);
    gone uuid[];
begin
    perform set_config('app.migrating', 'on', true), set_config('audit.erasing', 'on', true);
    if not exists (
        select from public.audit_batch b where b.tenant_id is not distinct from receipt.workspace_id
            and b.number = receipt.through and b.hash = receipt.head
    ) then
        raise exception 'Batch % is not the one that the receipt names.', receipt.through;
    end if;
    select array_agg(sealed.entry_id) into gone from public.audit_batch b, unnest(b.entry_ids) as sealed (entry_id)
        where b.tenant_id is not distinct from receipt.workspace_id and b.number <= receipt.through;
    delete from public.audit_batch b
        where b.tenant_id is not distinct from receipt.workspace_id and b.number <= receipt.through;
    delete from public.audit_detail d where d.entry_id = any(gone);
    get diagnostics details = row_count;
    delete from public.audit_entry e where e.id = any(gone);
    get diagnostics entries = row_count;
    receipt.entries := entries;
    receipt.details := details;
    insert into public.audit_erasure select receipt.*;
    perform set_config('app.migrating', '', true), set_config('audit.erasing', '', true);
    return next;
end
$$;
create function audit_erase_details(signed jsonb) returns table (entries bigint, details bigint)
language plpgsql security definer set search_path = '' as $$
declare
    receipt public.audit_erasure := jsonb_populate_record(null::public.audit_erasure, signed);
begin
    perform set_config('app.migrating', 'on', true), set_config('audit.erasing', 'on', true);
    delete from public.audit_detail d where d.entry_id = any(receipt.entry_ids)
        and d.tenant_id is not distinct from receipt.workspace_id;
    get diagnostics details = row_count;
    entries := 0;
    receipt.entries := 0;
    receipt.details := details;
    insert into public.audit_erasure select receipt.*;
    perform set_config('app.migrating', '', true), set_config('audit.erasing', '', true);
    return next;
end
$$;
revoke all on function audit_erase_past(jsonb), audit_erase_details(jsonb) from public;
grant execute on function audit_erase_past(jsonb), audit_erase_details(jsonb) to tenon_platform;
"""
DROP_FUNCTIONS = "drop function audit_erase_past(jsonb); drop function audit_erase_details(jsonb);"


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seal")]

    operations = [migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS)]
