from django.db import migrations

from apps.core.db.row_security import USER

# Roles are read in their own tenant's scope alone: nothing needs them before a workspace is known.
MADE = (
    "create policy own_rows on tenancy_role for select to tenon_app using "  # noqa: S608 - constants
    f"(tenant_id in (select tenant_id from tenancy_membership where user_id = {USER}))"
)


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0009_host_names")]

    operations = [migrations.RunSQL("drop policy own_rows on tenancy_role", MADE)]
