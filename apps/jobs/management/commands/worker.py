"""`manage.py worker`: run background work until stopped."""

from argparse import ArgumentParser
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand

from apps.jobs.declarations import BULK, CRITICAL, DEFAULT


class Command(BaseCommand):
    help = "Run background work until SIGTERM or Ctrl-C; what is under way is finished."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--queues",
            default=",".join((CRITICAL, DEFAULT, BULK)),
            help="Which queues to serve, apart by commas. Workers of their own for bulk keep the others free.",
        )
        parser.add_argument("--concurrency", type=int, default=2, help="How many tasks run at once.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Working on {options['queues'].replace(',', ' and ')}.")
        current_app.worker_main(
            [
                "--quiet",  # no banner
                "worker",
                f"--queues={options['queues']}",
                f"--concurrency={options['concurrency']}",
                f"--hostname={options['queues'].replace(',', '-')}@%h",
                "--loglevel=WARNING",  # of Celery; tasks speak for themselves
                "--without-gossip",
                "--without-mingle",
            ]
        )
