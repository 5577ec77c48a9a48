"""`manage.py events`: print the catalogue of events, or write it to docs/reference."""

import json
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.events import catalogue


class Command(BaseCommand):
    help = "Print the catalogue of events. With --write, bring docs/reference up to date, unless a promise breaks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write it to docs/reference")

    def handle(self, *args: object, **options: object) -> None:
        if not options["write"]:
            self.stdout.write(catalogue.page())
            return
        folder = settings.BASE_DIR / "docs" / "reference"
        folder.mkdir(parents=True, exist_ok=True)
        kept, now = folder / "events.json", catalogue.schemas()
        before = json.loads(kept.read_text()) if kept.exists() else {}
        if faults := catalogue.breaches(before=before, now=now):
            raise CommandError("\n".join(faults))
        kept.write_text(json.dumps(now, indent=2) + "\n")
        (folder / "events.md").write_text(catalogue.page())
