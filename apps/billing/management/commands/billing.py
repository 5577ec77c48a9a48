"""`manage.py billing sync-catalogue [--dry-run]`: bring the plans' prices to Stripe."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from apps.billing.services.catalogue import catalogue_sync


class Command(BaseCommand):
    help = "Create or change Stripe's products and prices as config/plans.py says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        sync = commands.add_parser("sync-catalogue", help=self.help)
        sync.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STRIPE_SECRET_KEY:
            raise CommandError("Billing is off. Set STRIPE_SECRET_KEY first.")
        for line in catalogue_sync(is_rehearsal=options["dry_run"]):
            self.stdout.write(line)
        self.stdout.write(
            "Nothing was changed." if options["dry_run"] else "Stripe has the plans of config/plans.py."
        )
