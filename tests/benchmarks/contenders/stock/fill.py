"""`python -m tests.benchmarks.contenders.stock.fill`: tables, a tenant with rows, and a token, which it prints."""

import os

import django
from django.core.management import call_command

HOST = "acme.bench.example"


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.contenders.stock.settings"
    django.setup()
    from django.contrib.auth import get_user_model
    from django_tenants.utils import schema_context
    from rest_framework_simplejwt.tokens import AccessToken

    from tests.benchmarks.contenders.stock.customers.models import Client, Domain, Membership
    from tests.benchmarks.contenders.stock.radar.models import Competitor

    call_command("migrate_schemas", shared=True, verbosity=0)
    client = Client(schema_name="acme", name="Acme")
    client.save(verbosity=0)
    Domain.objects.create(domain=HOST, tenant=client, is_primary=True)
    user = get_user_model().objects.create_user("ana")
    Membership.objects.create(client=client, user=user, role="member")
    with schema_context("acme"):
        Competitor.objects.bulk_create(
            Competitor(name=f"Competitor {number:03}", website="https://example.com", notes="Some words.")
            for number in range(100)
        )
        first = Competitor.objects.earliest("name").pk
    print(AccessToken.for_user(user), first)  # noqa: T201 - what the benchmark reads


if __name__ == "__main__":
    main()
