from django.db import migrations

from apps.core.db.search import RenewSearch


class Migration(migrations.Migration):
    dependencies = [("radar", "0005_attributes")]

    operations = [
        RenewSearch("Competitor"),
        RenewSearch("Signal"),
    ]
