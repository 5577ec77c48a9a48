from django.db import migrations

from apps.core.db.search import CreateSearch


class Migration(migrations.Migration):
    dependencies = [("radar", "0002_signals_deleted_together")]

    operations = [
        CreateSearch("Competitor", ["name", "notes"]),
        CreateSearch("Signal", ["title"]),
    ]
