"""The rows of a file, some at a time: with their faults, and marked where they are on the radar already."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.utils.translation import gettext as _

from apps.core import scope
from apps.core.errors import Invalid
from apps.radar.models import Attribute, Competitor, Import, Signal
from apps.radar.services.imports.columns import demand
from apps.radar.services.imports.csv_files import rows
from apps.radar.services.imports.rows import Row, RowReader
from apps.radar.services.imports.uploads import content

BATCH = 1000
MOST_ROWS = 100_000


def batches(import_file: Import, known: Sequence[Attribute], size: int = 0) -> Iterator[list[Row]]:
    """Yield the rows of a file with their faults, marked where they are on the radar already.

    :raises Invalid: naming the fields without a column
    """
    demand(import_file.columns, import_file.header, known)
    reader = RowReader(import_file, _competitor_ids(), known)
    lines = rows(content(import_file), encoding=import_file.encoding, delimiter=import_file.delimiter)
    next(lines, None)  # the header
    seen: set[int] = set()
    count = 0
    while batch := [reader.read(line) for line in islice(lines, size or BATCH)]:
        count += len(batch)
        if count > MOST_ROWS:
            raise Invalid(_("The file has more than 100,000 rows. Split it into several."))
        _mark_duplicates(batch, seen)
        yield batch


def _competitor_ids() -> dict[str, UUID]:
    found = Competitor.objects.filter(tenant_id=scope.tenant_id(), deleted_at=None)
    return {name.lower(): row_id for name, row_id in found.values_list("name", "id")}


def _mark_duplicates(batch: Sequence[Row], seen: set[int]) -> None:
    """Mark the rows with the competitor, the title and the day (in UTC) of another, or of a signal that is there."""
    there = _there_already([row for row in batch if not row.faults and row.competitor_id])
    for row in batch:
        if row.faults:
            continue
        key = _key(row.competitor.lower(), row.title, row)
        row.is_duplicate = key in seen or _key(str(row.competitor_id), row.title, row) in there
        seen.add(key)


def _there_already(batch: Sequence[Row]) -> set[int]:
    if not batch:
        return set()
    days = [row.seen_at for row in batch]
    found = Signal.objects.filter(
        tenant_id=scope.tenant_id(),
        deleted_at=None,
        title__in={row.title for row in batch},
        seen_at__gte=min(days) - timedelta(days=1),
        seen_at__lte=max(days) + timedelta(days=1),
    ).values_list("competitor_id", "title", "seen_at")
    return {hash((str(competitor_id), title, seen_at.date())) for competitor_id, title, seen_at in found}


def _key(competitor: str, title: str, row: Row) -> int:
    return hash((competitor, title, row.seen_at.date()))
