"""Checking a whole file, and putting its rows on the radar, in memory that does not grow with the file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.audit.interface import Change, audit
from apps.core import clock, permissions, scope
from apps.core.errors import Conflict, Invalid
from apps.events.interface import publish, publish_many
from apps.radar.attributes import plain
from apps.radar.events import CompetitorAdded, SignalsImported
from apps.radar.models import Attribute, AttributeValue, Competitor, Import, Signal
from apps.radar.selectors.attributes import attributes
from apps.radar.services.competitors import claim_room
from apps.radar.services.imports.batches import BATCH, batches
from apps.radar.services.imports.columns import demand
from apps.radar.services.imports.rows import Fault, Row
from apps.radar.services.imports.uploads import forget_content, locked
from apps.radar.services.values import lock_attributes, row_of

PREVIEW = 20
FIRST_FAULTS = 20

Progress = Callable[[int], None]


class ImportRefused(Conflict):
    """Some rows have faults, and the person wanted all rows or none."""

    code = "import_refused"


@dataclass(slots=True, kw_only=True)
class Counts:
    """What a file comes to. `added` counts the signals that an import put on the radar."""

    good: int = 0
    faulty: int = 0
    duplicates: int = 0
    new_competitors: int = 0
    added: int = 0


def import_configure(
    *, import_id: UUID, columns: dict[str, int], dates: str, adds_competitors: bool, skips_duplicates: bool
) -> Import:
    """Say what the columns hold and how to take the rows. The file has to be checked again after it.

    :param columns: by field, the column that holds it, counted from 0
    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming the fields without a column
    :raises NotFound: if the person has no such file
    """
    permissions.require("radar.write")
    with transaction.atomic():
        import_file = locked(import_id)
        demand(columns, import_file.header, attributes())
        if dates not in Import.Dates.values:
            raise Invalid(fields={"dates": [_("Choose how the dates are written.")]})
        import_file.columns, import_file.dates = columns, dates
        import_file.adds_competitors, import_file.skips_duplicates = adds_competitors, skips_duplicates
        _note(import_file, None)
        import_file.save()
    return import_file


def import_check(*, import_id: UUID, progress: Progress = lambda done: None) -> Import:
    """Read the whole file and note how many rows are good, have faults, or would be skipped. Nothing is imported.

    :param progress: told how many rows are done, now and then
    :raises PermissionDenied: if the actor may not write
    :raises Invalid: naming the fields without a column
    :raises NotFound: if the person has no such file
    """
    permissions.require("radar.write")
    with transaction.atomic():
        import_file = locked(import_id)
        counts, names, faults = Counts(), set[str](), list[Fault]()
        for batch in batches(import_file, list(attributes())):
            for row in batch:
                _count(counts, row)
                faults += row.faults[: FIRST_FAULTS - len(faults)]
                if _is_wanted(row, import_file) and row.competitor_id is None:
                    names.add(row.competitor.lower())
            progress(counts.good + counts.faulty + counts.duplicates)
        counts.new_competitors = len(names)
        _note(import_file, counts)
        import_file.first_faults = [asdict(fault) | {"value": fault.value[:100]} for fault in faults]
        import_file.save()
    return import_file


def import_run(*, import_id: UUID, only_good: bool, progress: Progress = lambda done: None) -> Counts:
    """Put the rows of a file on the radar, all in one transaction.

    :param only_good: leave out rows with faults; otherwise one fault means that nothing is imported
    :param progress: told how many rows are done, now and then
    :raises PermissionDenied: if the actor may not write
    :raises ImportRefused: if a row has a fault and `only_good` is false
    :raises Conflict: if a competitor was added or deleted meanwhile
    :raises LimitReached: if the plan has no room for the competitors that the file adds
    :raises Invalid: naming the fields without a column
    :raises NotFound: if the person has no such file
    """
    permissions.require("radar.write")
    with transaction.atomic():
        import_file = locked(import_id)
        counts, added, used = Counts(), dict[str, UUID](), set[UUID]()
        for batch in batches(import_file, lock_attributes()):
            for row in batch:
                _count(counts, row)
            if counts.faulty and not only_good:
                raise ImportRefused(_refusal(next(row for row in batch if row.faults)))
            wanted = [row for row in batch if _is_wanted(row, import_file)]
            _add_competitors(wanted, added)
            _add_signals(wanted)
            counts.added += len(wanted)
            used |= {row.competitor_id for row in wanted if row.competitor_id}
            progress(counts.good + counts.faulty + counts.duplicates)
        counts.new_competitors = len(added)
        _demand_living_competitors(used - set(added.values()))
        _finish(import_file, counts)
    return counts


def import_preview(import_file: Import, known: Sequence[Attribute]) -> list[Row]:
    """Return the first rows of a file as they would be taken.

    :param known: the workspace's attributes
    """
    return next(batches(import_file, known, size=PREVIEW), [])


def import_faults(import_file: Import) -> Iterator[Fault]:
    """Return every fault of a file that was checked, in the order of its lines; found as they are taken.

    :raises Invalid: naming the fields whose column or attribute is gone since
    """
    known = list(attributes())
    demand(import_file.columns, import_file.header, known)  # now, and not when half of them are sent
    return (fault for batch in batches(import_file, known) for row in batch for fault in row.faults)


def _note(import_file: Import, counts: Counts | None) -> None:
    import_file.rows_good = counts.good if counts else None
    import_file.rows_faulty = counts.faulty if counts else None
    import_file.rows_duplicate = counts.duplicates if counts else None
    import_file.new_competitors = counts.new_competitors if counts else None


def _count(counts: Counts, row: Row) -> None:
    if row.faults:
        counts.faulty += 1
    elif row.is_duplicate:
        counts.duplicates += 1
    else:
        counts.good += 1


def _is_wanted(row: Row, import_file: Import) -> bool:
    return not row.faults and not (row.is_duplicate and import_file.skips_duplicates)


def _add_competitors(batch: Sequence[Row], added: dict[str, UUID]) -> None:
    """Give each row its competitor, adding those that are not tracked yet."""
    new: dict[str, str] = {}
    for row in batch:
        if row.competitor_id is None:
            new.setdefault(row.competitor.lower(), row.competitor)
    missing = [Competitor(name=name) for lowered, name in new.items() if lowered not in added]
    if missing:
        _save_competitors(missing)
        added |= {competitor.name.lower(): competitor.id for competitor in missing}
    for row in batch:
        if row.competitor_id is None:
            row.competitor_id = added[row.competitor.lower()]


def _save_competitors(missing: Sequence[Competitor]) -> None:
    claim_room(len(missing))
    try:
        with transaction.atomic():
            Competitor.objects.bulk_create(missing)
    except IntegrityError as error:
        raise Conflict(_("Somebody added one of these competitors just now. Import again.")) from error
    changes = tuple(
        Change(
            target_id=competitor.id, target_label=competitor.name, before={}, after={"name": competitor.name}
        )
        for competitor in missing
    )
    audit().record_many(action="radar.competitor_added", target_type="competitor", changes=changes)
    publish_many(tuple(CompetitorAdded(competitor_id=competitor.id) for competitor in missing))


def _known(row: Row) -> UUID:
    assert row.competitor_id, "Competitors are added before their signals."
    return row.competitor_id


def _demand_living_competitors(ids: set[UUID]) -> None:
    # Locked, so that who deletes one from now on waits, and takes the signals of this import along.
    found = Competitor.objects.select_for_update(no_key=True).filter(tenant_id=scope.tenant_id(), id__in=ids)
    if gone := next((row for row in found.order_by("id") if row.deleted_at), None):
        raise Conflict(_("Nothing was imported: %(name)s was deleted meanwhile.") % {"name": gone.name})


def _add_signals(batch: Sequence[Row]) -> None:
    signals = [
        Signal(
            competitor_id=_known(row),
            title=row.title,
            kind=row.kind,
            importance=row.importance,
            source_url=row.source_url,
            seen_at=row.seen_at,
            attributes={str(attribute.id): plain(value) for attribute, value in row.attributes.items()},
        )
        for row in batch
    ]
    Signal.objects.bulk_create(signals)
    AttributeValue.objects.bulk_create(
        (
            row_of(attribute, signal, value)
            for signal, row in zip(signals, batch, strict=True)
            for attribute, value in row.attributes.items()
        ),
        batch_size=BATCH,
    )


def _finish(import_file: Import, counts: Counts) -> None:
    """Note what was done: one entry for the whole file, and one piece of news."""
    _note(import_file, counts)
    import_file.finished_at = clock.now()
    import_file.save()
    forget_content(import_file)
    audit().record(
        action="radar.signals_imported",
        target_type="import",
        target_id=import_file.id,
        target_label=import_file.file_name,
        after={"count": counts.added, "faulty": counts.faulty, "duplicates": counts.duplicates},
    )
    publish(SignalsImported(import_id=import_file.id, count=counts.added))


def _refusal(row: Row) -> str:
    return _("Nothing was imported: line %(line)d has a fault.") % {"line": row.line}
