"""Turning a row of a file into a signal, or into what is wrong with it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps.core import clock
from apps.radar.attributes import Value, value_of
from apps.radar.models import Attribute, Competitor, Import, Signal
from apps.radar.services.imports.columns import FIELDS
from apps.radar.services.imports.csv_files import Line
from apps.radar.services.signals import EARLIEST, TOLERANCE

PATTERNS = {
    Import.Dates.DAY_FIRST: ("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y"),
    Import.Dates.MONTH_FIRST: ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y"),
}
#: What any check of addresses lets pass, recognised in a tenth of the time. Everything else is checked in full.
PLAIN_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?:/[\w./~%-]*)?", re.ASCII
)
LONGEST_ADDRESS = 250
TIMES = ("", " %H:%M", " %H:%M:%S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a cell, or, without a field and a column, with a whole line."""

    line: int
    field: str
    column: str
    value: str
    reason: str


@dataclass(slots=True, kw_only=True)
class Row:
    """A row as read. `competitor` is the name in the file; `competitor_id` is None for one that is to be added."""

    line: int
    cells: list[str]
    faults: list[Fault] = field(default_factory=list)
    competitor: str = ""
    competitor_id: UUID | None = None
    title: str = ""
    kind: str = ""
    importance: int = Signal.Importance.MEDIUM
    source_url: str = ""
    seen_at: datetime = EARLIEST
    attributes: dict[Attribute, Value] = field(default_factory=dict)
    is_duplicate: bool = False


class RowReader:
    """Reads the rows of one import.

    :param competitors: ids by name in lower case
    :param attributes: those of the workspace
    """

    def __init__(
        self, import_file: Import, competitors: Mapping[str, UUID], attributes: Iterable[Attribute]
    ) -> None:
        self._columns = dict(import_file.columns)
        self._header = import_file.header
        self._dates = Import.Dates(import_file.dates)
        self._adds_competitors = import_file.adds_competitors
        self._competitors = competitors
        self._kinds = _spellings(Signal.Kind)
        self._importances = _spellings(Signal.Importance)
        self._now = clock.now()
        self._labels = {name: label for name, (label, _required, _known) in FIELDS.items()}
        self._readers: dict[str, Callable[[Row, str], None]] = {
            "title": self._title,
            "competitor": self._competitor,
            "kind": self._kind,
            "importance": self._importance,
            "source_url": self._source_url,
            "seen_at": self._seen_at,
        }
        for attribute in attributes:
            self._labels[f"attr.{attribute.slug}"] = attribute.name
            self._readers[f"attr.{attribute.slug}"] = partial(self._attribute, attribute)

    def read(self, line: Line) -> Row:
        """Return the row of a line, with its faults."""
        row = Row(line=line.number, cells=line.cells, seen_at=self._now)
        if line.fault or len(line.cells) > len(self._header):
            reason = line.fault or _("This line has more cells than the first one has names.")
            row.faults.append(Fault(line=line.number, field="", column="", value="", reason=reason))
            return row
        for name, index in self._columns.items():
            value = line.cells[index] if index < len(line.cells) else ""
            try:
                self._readers[name](row, value)
            except ValueError as error:
                column = str(self._header[index]) or str(self._labels[name])
                row.faults.append(
                    Fault(line=line.number, field=name, column=column, value=value, reason=str(error))
                )
        return row

    def _title(self, row: Row, value: str) -> None:
        if not value:
            raise ValueError(_("Every signal needs a title."))
        row.title = _short(value, Signal, "title")

    def _competitor(self, row: Row, value: str) -> None:
        if not value:
            raise ValueError(_("Every signal needs a competitor."))
        row.competitor = _short(value, Competitor, "name")
        row.competitor_id = self._competitors.get(value.lower())
        if row.competitor_id is None and not self._adds_competitors:
            raise ValueError(_("You track no competitor of this name."))

    def _kind(self, row: Row, value: str) -> None:
        if (found := self._kinds.get(value.casefold())) is None:
            raise ValueError(_("Use one of: %(choices)s.") % {"choices": ", ".join(Signal.Kind.values)})
        row.kind = found

    def _importance(self, row: Row, value: str) -> None:
        if not value:
            return
        if (found := self._importances.get(value.casefold())) is None:
            raise ValueError(_("Use one of: %(choices)s.") % {"choices": "low, medium, high, 1, 2, 3"})
        row.importance = found

    def _source_url(self, row: Row, value: str) -> None:
        if not value or (PLAIN_ADDRESS.fullmatch(value) and len(value) <= LONGEST_ADDRESS):
            row.source_url = value
            return
        try:
            row.source_url = Signal._meta.get_field("source_url").clean(value, None)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error

    def _seen_at(self, row: Row, value: str) -> None:
        if not value:
            return
        row.seen_at = _moment(value, self._dates)
        if not EARLIEST <= row.seen_at <= self._now + TOLERANCE:
            raise ValueError(_("Choose a time between the year 2000 and now."))

    def _attribute(self, attribute: Attribute, row: Row, value: str) -> None:
        if value:
            is_day = attribute.kind == Attribute.Kind.DATE
            given = _written(value, self._dates) if is_day else value
            row.attributes[attribute] = value_of(attribute, given)


def _short(value: str, model: Any, name: str) -> str:
    longest = model._meta.get_field(name).max_length
    if len(value) > longest:
        raise ValueError(_("This is longer than %(longest)d characters.") % {"longest": longest})
    return value


def _moment(text: str, dates: Import.Dates) -> datetime:
    """Return the time that a text says; in the zone of the reader where it names none."""
    found = _written(text, dates)
    try:
        aware = timezone.make_aware(found) if timezone.is_naive(found) else found
        return aware.astimezone(UTC)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _written(text: str, dates: Import.Dates) -> datetime:
    """Return what stands there, with a zone only if the text names one."""
    found = _iso(text) if dates is Import.Dates.ISO else _by_pattern(text, PATTERNS[dates])
    if found is None:
        example = {"example": dates.label}
        raise ValueError(_("This is no date. It should look like %(example)s.") % example)
    return found


def _iso(text: str) -> datetime | None:
    try:
        day: date | None = parse_date(text)
        return datetime.combine(day, time.min) if day else parse_datetime(text)
    except ValueError:
        return None


def _by_pattern(text: str, patterns: tuple[str, ...]) -> datetime | None:
    for day in patterns:
        for hour in TIMES:
            try:
                return datetime.strptime(text, day + hour)  # noqa: DTZ007 - the zone is the reader's
            except ValueError:
                continue
    return None


def _spellings(choices: Any) -> dict[str, Any]:
    """Return the values by everything people may write for them: key, number, and label in every language."""
    found: dict[str, Any] = {}
    for choice in choices:
        found |= {str(choice.value): choice.value, choice.name.casefold(): choice.value}
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                found[str(choice.label).casefold()] = choice.value
    return found
