"""`manage.py explain_access acme api.access`: whether a workspace may use something, and what decided it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import scope
from apps.entitlements.interface import entitlements, features, limits
from apps.tenancy.interface import WorkspaceNotFound, tenancy


class Command(BaseCommand):
    help = "Say whether a workspace may use a feature, or how much of something, and what decided it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", help="The workspace's address, such as acme.")
        parser.add_argument("feature", help="A feature or a limit, such as api.access.")

    def handle(self, *args: Any, tenant: str, feature: str, **options: Any) -> None:
        known = [*(each.name for each in features()), *(each.name for each in limits())]
        if feature not in known:
            raise CommandError(f"No module declares {feature!r}. These are declared: {', '.join(known)}.")
        with scope.as_role("platform"):
            try:
                workspace = tenancy().find_workspace(slug=tenant)
            except WorkspaceNotFound as error:
                raise CommandError(f"There is no workspace {tenant!r}.") from error
            (sentences,) = entitlements().explain(tenant_id=workspace.id, names=(feature,))
        for sentence in sentences:
            self.stdout.write(sentence)
