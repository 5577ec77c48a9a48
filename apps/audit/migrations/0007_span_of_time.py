from django.db import migrations, models

BEFORE = ("audit_entry_actor", "audit_entry_action", "audit_entry_target", "audit_entry_time")
AFTER = {
    "audit_entry_by_actor": ["tenant_id", "actor_id", "-occurred_at", "-id"],
    "audit_entry_by_action": ["tenant_id", "action", "-occurred_at", "-id"],
    "audit_entry_by_target": ["tenant_id", "target_id", "-occurred_at", "-id"],
    "audit_entry_by_time": ["tenant_id", "-occurred_at", "-id"],
}


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_on_behalf_of")]

    operations = [
        *(
            migrations.AddIndex(model_name="auditentry", index=models.Index(fields=fields, name=name))
            for name, fields in AFTER.items()
        ),
        *(migrations.RemoveIndex(model_name="auditentry", name=name) for name in BEFORE),
    ]
