"""`manage.py stripe_emulator`: a stand-in for Stripe, for development."""

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.billing.emulator import Emulator

#: What docs/guides/billing.md has people choose at Stripe.
EVENTS = (
    "checkout.session.*",
    "customer.updated",
    "customer.deleted",
    "customer.subscription.*",
    "invoice.*",
    "payment_method.*",
    "charge.*",
    "billing.meter.error_report_triggered",
)


class Command(BaseCommand):
    help = "Run a stand-in for Stripe until SIGTERM or Ctrl-C. It keeps what it knows in a file."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=12111)
        parser.add_argument("--file", default="var/stripe.sqlite3")
        parser.add_argument("--webhook", default="", help="where its webhooks go")
        parser.add_argument("--secret", default="whsec_emulator", help="what its webhooks are signed with")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The emulator of Stripe is for development only, and DEBUG is off.")
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_received: stopped.set())
        emulator = Emulator(options["port"], options["file"], options["secret"], ticking=True)
        if emulator.store.is_new:
            emulator.set_after_retries("past_due")  # or reading only is never seen
        if emulator.store.replaces:
            self.stdout.write(
                f"{options['file']} was written by another version, so Stripe begins anew: what was bought is gone."
            )
        if options["webhook"]:
            emulator.register(options["webhook"], events=EVENTS)
        self.stdout.write(f"Stripe's stand-in listens on {emulator.url}")
        stopped.wait()
        emulator.close()
