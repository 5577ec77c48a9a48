from django.db import migrations, models

import apps.core.clock
import apps.core.ids


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasureReceipt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=apps.core.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("workspace_id", models.UUIDField(unique=True, verbose_name="workspace")),
                ("requested_by_id", models.UUIDField(null=True, verbose_name="asked for by")),
                ("requested_at", models.DateTimeField(verbose_name="asked for")),
                ("started_at", models.DateTimeField(default=apps.core.clock.now, verbose_name="begun")),
                ("erased_at", models.DateTimeField(null=True, verbose_name="erased")),
                ("counts", models.JSONField(default=dict, verbose_name="rows and files")),
                ("digest", models.CharField(blank=True, max_length=64, verbose_name="digest")),
            ],
            options={
                "verbose_name": "receipt of an erasure",
                "verbose_name_plural": "receipts of erasures",
            },
        ),
        migrations.AddField(
            model_name="tenant",
            name="deletion_requested_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="deletion asked for"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="deletion_requested_by_id",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="erase_due_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="to be erased"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="erasing_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="suspended_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="suspended"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="suspension_reason",
            field=models.CharField(blank=True, editable=False, max_length=300, verbose_name="reason"),
        ),
        # What was removed is for staff to see, and for the one who asked.
        migrations.RunSQL(
            "revoke all on tenancy_erasurereceipt from tenon_app;"
            "revoke delete, truncate on tenancy_erasurereceipt from tenon_platform",
            "grant select, insert, update, delete on tenancy_erasurereceipt to tenon_app",
        ),
    ]
