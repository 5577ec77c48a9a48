from django.db import migrations

from apps.core.db.row_security import TENANT, USER

# What happened to somebody's account belongs to no workspace, and they read it themselves.
ABOUT_ME = f"tenant_id is null and target_type = 'person' and target_id = {USER}"
OUTSIDE = f"{TENANT} is null"
POLICIES = f"""
create policy own_rows on audit_entry for select to tenon_app using ({OUTSIDE} and {ABOUT_ME});
create policy own_rows on audit_detail for select to tenon_app using (
    {OUTSIDE} and tenant_id is null and entry_id in (select id from audit_entry where {ABOUT_ME})
);
"""  # noqa: S608 - constants
DROP_POLICIES = "drop policy own_rows on audit_entry; drop policy own_rows on audit_detail;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_receipts")]

    operations = [migrations.RunSQL(POLICIES, DROP_POLICIES)]
