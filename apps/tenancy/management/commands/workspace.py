"""`manage.py workspace`: creating workspaces for customers."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError

from apps.core.errors import ApplicationError
from apps.tenancy.services.workspaces import workspace_create


class Command(BaseCommand):
    help = "Create a workspace, in the pool or in a silo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="create")
        create = actions.add_parser("create", help="Create a workspace with its first owner.")
        create.add_argument("--name", required=True, help="What people call it.")
        create.add_argument("--owner", required=True, metavar="EMAIL", help="Somebody with an account.")
        create.add_argument("--slug", default="", help="Its address; made from the name when left out.")
        create.add_argument("--cell", default="", help="The schema to place it in; the pool when left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        owner_id = _person(options["owner"])
        try:
            tenant = workspace_create(
                name=options["name"], owner_id=owner_id, slug=options["slug"], cell=options["cell"]
            )
        except ApplicationError as error:
            raise CommandError(_sentence(error)) from error
        address = f"{settings.BASE_URL}/w/{tenant.slug}/"
        self.stdout.write(
            self.style.SUCCESS(
                f"“{tenant.name}” lives at {address}, in the cell “{tenant.cell.schema_name}”."
            )
        )


def _person(email: str) -> UUID:
    found = get_user_model().objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None:
        raise CommandError(f"Nobody has an account with {email}. Let them sign up first.")
    return found.pk


def _sentence(error: ApplicationError) -> str:
    details = [message for messages in error.fields.values() for message in messages]
    return " ".join(details) or str(error.message)
