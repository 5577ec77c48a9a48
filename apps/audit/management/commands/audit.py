"""`manage.py audit verify acme`: whether the log is what was sealed. Run it where the log is kept."""

from argparse import ArgumentParser
from collections import Counter
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from apps.audit.chain import heads, keys
from apps.audit.chain.heads import NOWHERE
from apps.audit.chain.sealing import seal
from apps.audit.chain.verification import Fault, Report, logs, verify
from apps.core import scope
from apps.tenancy.interface import WorkspaceNotFound, tenancy

SHOWN = 20  # findings of a kind


class Command(BaseCommand):
    help = "Verify the audit log, seal what waits, or print the public keys of the seal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        verifying = commands.add_parser("verify", help="compare logs with their seals")
        verifying.add_argument(
            "tenant",
            nargs="?",
            help=f"A workspace's address or id, or {NOWHERE} for what happened outside of any. Without it: all.",
        )
        commands.add_parser("seal", help="seal what waits now, as a schedule does every minute")
        commands.add_parser("export-heads", help="write the signed heads of all logs to AUDIT_HEADS_URL")
        commands.add_parser("keys", help="print the public keys, the present one first")

    def handle(self, *args: Any, command: str, **options: Any) -> None:
        getattr(self, command.replace("-", "_"))(**options)

    def verify(self, tenant: str | None = None, **_: Any) -> None:
        if not heads.is_configured():
            self.stdout.write("AUDIT_HEADS_URL is not set: a tail that was cut with its seal is not found.")
        reports = [verify(log) for log in ([_log_of(tenant)] if tenant else logs())]
        for report in reports:
            self._tell(report)
        strange = [] if tenant else heads.strange_folders()
        for folder in strange:
            self.stdout.write(
                self.style.ERROR(f"{Fault.FORGED}: the folder {folder!r} among the heads is of no log.")
            )
        if strange or not all(reports):
            raise CommandError("The audit log is not what was sealed.")

    def seal(self, **_: Any) -> None:
        sealed = 0
        while count := seal():
            sealed += count
        self.stdout.write(f"Entries sealed: {sealed:,}.")

    def export_heads(self, **_: Any) -> None:
        if not heads.is_configured():
            raise CommandError("Heads are exported nowhere. Set AUDIT_HEADS_URL.")
        self.stdout.write(f"Heads exported: {heads.export():,}.")

    def keys(self, **_: Any) -> None:
        for kid, key in keys.public_keys().items():
            self.stdout.write(f"{kid}  {key}")

    def _tell(self, report: Report) -> None:
        self.stdout.write(
            f"{report.log or NOWHERE}: {report.entries:,} entries in {report.batches:,} batches. "
            f"Waiting: {report.waiting:,}. Details erased: {report.erased:,}. Heads compared: {report.heads:,}."
        )
        for receipt in report.receipts:
            self.stdout.write(
                f"  erased: {receipt.get_kind_display()}, {receipt.erased_at:%Y-%m-%d}, receipt {receipt.id}"
            )
        for fault, count in Counter(finding.fault for finding in report.findings).items():
            found = [finding for finding in report.findings if finding.fault is fault]
            for finding in found[:SHOWN]:
                self.stdout.write(self.style.ERROR(f"  {fault}: {finding.text}"))
            if count > SHOWN:
                self.stdout.write(self.style.ERROR(f"  {fault}: and {count - SHOWN:,} more."))


def _log_of(tenant: str) -> UUID | None:
    if tenant == NOWHERE:
        return None
    try:
        log = UUID(tenant)
    except ValueError:
        return _workspace(tenant)
    if log not in logs():
        raise CommandError(f"There is no log of {tenant!r}.")
    return log


def _workspace(slug: str) -> UUID:
    with scope.as_role("platform"):
        try:
            return tenancy().find_workspace(slug=slug).id
        except WorkspaceNotFound as error:
            raise CommandError(f"There is no workspace {slug!r}.") from error
