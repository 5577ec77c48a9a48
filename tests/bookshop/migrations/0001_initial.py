import django.db.models.deletion
from django.db import migrations, models

import apps.core.db.models
import apps.core.ids
from apps.core.db.row_security import EnableRowSecurity, TenantForeignKeyConstraint
from apps.core.db.search import CreateSearch


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Shelf",
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
                ("name", models.CharField(max_length=120)),
            ],
            options={
                "verbose_name_plural": "shelves",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="bookshop_shelf_tenant_id_id")
                ],
            },
        ),
        migrations.CreateModel(
            name="Book",
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
                ("title", models.CharField(max_length=200)),
                (
                    "shelf",
                    apps.core.db.models.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="books",
                        to="bookshop.shelf",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["tenant_id", "shelf"], name="bookshop_book_of_shelf")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant_id", "id"), name="bookshop_book_tenant_id_id")
                ],
            },
        ),
        EnableRowSecurity("Shelf"),
        EnableRowSecurity("Book"),
        TenantForeignKeyConstraint("Book", "shelf"),
        CreateSearch("Book", ["title"]),
    ]
