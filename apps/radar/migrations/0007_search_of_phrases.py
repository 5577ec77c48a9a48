from django.db import migrations

from apps.core.db.search import RenewSearch


class Migration(migrations.Migration):
    dependencies = [("radar", "0006_search_of_frequent_words")]

    operations = [
        RenewSearch("Competitor"),
        RenewSearch("Signal"),
    ]
