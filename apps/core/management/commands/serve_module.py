"""`manage.py serve_module audit`: serve one module's interface to other processes of ours."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian import Granian
from granian.constants import Interfaces

DEFAULT_PORT = 8100


class Command(BaseCommand):
    help = (
        "Serve one module's interface to other processes of ours, from the database of this one (DATABASE_URL). "
        "They find it by <MODULE>_URL, and share SERVICE_SECRET with it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("module", help="which: " + ", ".join(settings.REMOTE_MODULES))
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT)
        parser.add_argument("--workers", type=int, default=1, help="how many processes")

    def handle(self, *args: Any, **options: Any) -> None:
        module = options["module"]
        if module not in settings.REMOTE_MODULES:
            known = ", ".join(settings.REMOTE_MODULES)
            raise CommandError(f"{module} can't be served apart. These can: {known}.")
        if not settings.SERVICE_SECRETS:
            raise CommandError(
                "SERVICE_SECRET is not set. Set it to a long random text, the same for all processes."
            )
        os.environ["SERVE_MODULE"] = module
        self.stdout.write(f"Serving {module} on http://{options['host']}:{options['port']}/")
        Granian(
            "config.module:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=options["workers"],
            blocking_threads=4,
        ).serve()
