"""`manage.py erase_workspaces`: deleted workspaces whose time of grace is over."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.core import scope
from apps.tenancy.models import Tenant
from apps.tenancy.services.erasing import due_workspaces, workspace_erase


class Command(BaseCommand):
    help = "Erase the deleted workspaces whose time of grace is over. Without --yes, only say which."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--yes", action="store_true", help="Really erase them. There is no way back.")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope.as_role("platform"):
            due = list(due_workspaces())
        if not due:
            self.stdout.write("No workspace is due to be erased.")
        elif not options["yes"]:
            self._rehearse(due)
        elif failed := [tenant.slug for tenant in due if not self._erase(tenant)]:
            raise CommandError(f"Not erased: {', '.join(failed)}. Run the command again to go on.")

    def _rehearse(self, due: list[Tenant]) -> None:
        for tenant in due:
            state = (
                "begun and not finished" if tenant.erasing_at else f"due since {tenant.erase_due_at:%Y-%m-%d}"
            )
            self.stdout.write(f"{tenant.slug} (“{tenant.name}”, in {tenant.cell.schema_name}): {state}")
        self.stdout.write("Nothing was erased. Add --yes to erase them for good.")

    def _erase(self, tenant: Tenant) -> bool:
        """Erase one; a failure is shown and leaves the others to be done."""
        try:
            receipt = workspace_erase(tenant_id=tenant.id)
        except Exception as error:
            self.stderr.write(self.style.ERROR(f"{tenant.slug}: {type(error).__name__}: {error}"))
            return False
        removed = sum(receipt.counts.values())
        self.stdout.write(f"{tenant.slug}: erased, {removed} rows and files. Receipt {receipt.id}.")
        return True
