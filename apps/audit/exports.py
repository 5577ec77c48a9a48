"""Taking the log out of the workspace, as a file: for people, or for programs that verify it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from apps.audit.forms import FilterForm
from apps.audit.interface import Entry, audit
from apps.core import clock, permissions, scope
from apps.core.spreadsheets import csv_pieces
from apps.entitlements.interface import entitlements
from apps.jobs.interface import start_job

CSV, JSON_LINES = "csv", "jsonl"
PAGE = 200
COLUMNS = (
    *("time", "what", "action", "actor_kind", "actor_id", "actor", "target_type", "target_id", "target"),
    *("before", "after", "address", "request_id", "id"),
)


def export_begin(*, form: str, query: str) -> UUID:
    """Start an export of the log of the tenant in scope, and return the job's id.

    :param form: CSV, of the entries that a list's query finds; or JSON_LINES, of all, with their seal
    :raises PermissionDenied: if the actor may not export
    :raises FeatureNotIncluded: if the plan does not include it
    """
    _demand()
    return start_job("audit.export_log", title=_("Export of the audit log"), form=form, query=query)


def export(*, form: str, query: str, progress: Callable[[int], None]) -> Iterator[str]:
    """Yield the pieces of the file; see `export_begin`. The log notes it first.

    :param progress: called with how many entries were read
    """
    _demand()
    with transaction.atomic():
        audit().record(
            action="audit.exported",
            target_type="audit",
            target_id=None,
            after={"format": form, "filter": query[:200]},
        )
    if form == CSV:
        yield from csv_pieces(COLUMNS, (_cells(entry) for entry in _entries(query, progress)))
    else:
        yield from _lines(progress)


def _demand() -> None:
    permissions.require("audit.export")
    entitlements().require(tenant_id=scope.tenant_id(), feature="audit.export")


def _entries(query: str, progress: Callable[[int], None]) -> Iterator[Entry]:
    form = FilterForm(QueryDict(query), choices=audit().list_choices())
    form.is_valid()  # A filter that is not is left out, as on the page that shows it.
    filters, cursor, count = form.filters(), "", 0
    while True:
        page = audit().list_entries(filters=filters, cursor=cursor, page_size=PAGE)
        yield from page.entries
        progress(count := count + len(page.entries))
        if not (cursor := page.next):
            return


def _lines(progress: Callable[[int], None]) -> Iterator[str]:
    days = entitlements().limit(tenant_id=scope.tenant_id(), name="audit.days").limit
    since = clock.now() - timedelta(days=days) if days is not None else None
    cursor, count = "", 0
    while True:
        page = audit().list_lines(since=since, cursor=cursor)
        yield "".join(f"{line}\n" for line in page.lines)
        progress(count := count + len(page.lines))
        if not (cursor := page.next):
            return


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        _utc(entry.occurred_at),
        entry.sentence,
        entry.action,
        entry.actor_kind,
        str(entry.actor_id or ""),
        entry.actor_label,
        entry.target_type,
        str(entry.target_id or ""),
        entry.target_label,
        _listed(entry.before),
        _listed(entry.after),
        entry.address,
        entry.request_id,
        str(entry.id),
    )


def _listed(values: Any) -> str:
    return ", ".join(f"{name}: {value}" for name, value in sorted(values.items()))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
