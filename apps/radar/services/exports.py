"""Taking signals out of the workspace in scope, as a file."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.audit.interface import audit
from apps.core import permissions
from apps.core.pages import page_of
from apps.core.spreadsheets import csv_pieces
from apps.radar.models import Attribute, Signal
from apps.radar.selectors.attributes import attributes, shown

BATCH = 2000
HEADER = ("id", "competitor", "title", "kind", "importance", "source_url", "seen_at", "created_at")


def signals_export(*, rows: QuerySet[Signal], query: str) -> Iterator[str]:
    """Return the signals as the pieces of a CSV file, in their order, with times in UTC.

    The audit log notes it before the first piece. Rows are read a few at a time, however many there are, so the
    pieces must be taken inside the scope: see `scope.bind`.

    :param query: the filter that `rows` follow, for the audit log
    :raises PermissionDenied: if the actor may not export
    """
    permissions.require("radar.export")
    with transaction.atomic():
        audit().record(
            action="radar.signals_exported",
            target_type="signal",
            target_id=None,
            after={"count": rows.order_by().count(), "filter": query},
        )
    known = list(attributes())
    header = (*HEADER, *(f"attr.{attribute.slug}" for attribute in known))
    return csv_pieces(header, ((*_cells(signal), *_values(signal, known)) for signal in _read(rows)))


def _read(rows: QuerySet[Signal]) -> Iterator[Signal]:
    """Yield the rows page by page. A server-side cursor would not survive a pooler, nor let rows be cleaned up."""
    cursor = ""
    while True:
        page = page_of(rows, cursor=cursor, size=BATCH)
        yield from page.rows
        if not (cursor := page.next):
            return


def _cells(signal: Signal) -> tuple[str, ...]:
    return (
        str(signal.id),
        signal.competitor.name,
        signal.title,
        signal.kind,
        Signal.Importance(signal.importance).name.lower(),
        signal.source_url,
        _utc(signal.seen_at),
        _utc(signal.created_at),
    )


def _values(signal: Signal, known: Sequence[Attribute]) -> tuple[str, ...]:
    words = {None: "", True: "yes", False: "no"}
    values = shown(signal, known).values()
    return tuple(words[value] if value is None or isinstance(value, bool) else str(value) for value in values)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
