"""`manage.py workspace`: creating workspaces for customers, shutting them, and letting people in again."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand, CommandError

from apps.core import scope
from apps.core.errors import ApplicationError
from apps.tenancy.models import Tenant
from apps.tenancy.services.lifecycle import workspace_resume, workspace_suspend
from apps.tenancy.services.policy import policy_lift
from apps.tenancy.services.workspaces import workspace_create


class Command(BaseCommand):
    help = "Create a workspace, in the pool or in a silo; suspend one, and lift that or its policy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(
            dest="action", required=True, metavar="create|suspend|resume|lift_policy"
        )
        create = actions.add_parser("create", help="Create a workspace with its first owner.")
        create.add_argument("--name", required=True, help="What people call it.")
        create.add_argument("--owner", required=True, metavar="EMAIL", help="Somebody with an account.")
        create.add_argument("--slug", default="", help="Its address; made from the name when left out.")
        create.add_argument("--cell", default="", help="The schema to place it in; the pool when left out.")
        suspend = actions.add_parser("suspend", help="Shut a workspace for everybody in it.")
        suspend.add_argument("slug", help="Its address.")
        suspend.add_argument("--reason", required=True, help="What its members are told.")
        resume = actions.add_parser("resume", help="Lift a suspension.")
        resume.add_argument("slug", help="Its address.")
        lift_policy = actions.add_parser("lift_policy", help="Demand nothing of those who come in any more.")
        lift_policy.add_argument("slug", help="Its address.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(**options)
        except ApplicationError as error:
            raise CommandError(_sentence(error)) from error

    def _suspend(self, *, slug: str, reason: str, **_options: Any) -> None:
        with scope.as_role("platform"):
            tenant = workspace_suspend(tenant_id=_workspace(slug), reason=reason)
        self.stdout.write(
            self.style.SUCCESS(f"“{tenant.name}” is suspended. Lift it: workspace resume {slug}")
        )

    def _resume(self, *, slug: str, **_options: Any) -> None:
        with scope.as_role("platform"):
            tenant = workspace_resume(tenant_id=_workspace(slug))
        self.stdout.write(self.style.SUCCESS(f"“{tenant.name}” is open again."))

    def _lift_policy(self, *, slug: str, **_options: Any) -> None:
        with scope.as_role("platform"):
            tenant = policy_lift(tenant_id=_workspace(slug))
        self.stdout.write(
            self.style.SUCCESS(
                f"“{tenant.name}” asks for no second step, session length or network any more."
            )
        )

    def _create(self, **options: Any) -> None:
        owner_id = _person(options["owner"])
        tenant = workspace_create(
            name=options["name"], owner_id=owner_id, slug=options["slug"], cell=options["cell"]
        )
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


def _workspace(slug: str) -> UUID:
    found = Tenant.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no workspace with the address “{slug}”.")
    return found.id


def _sentence(error: ApplicationError) -> str:
    details = [message for messages in error.fields.values() for message in messages]
    return " ".join(details) or str(error.message)
