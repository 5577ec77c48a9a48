"""Which column of a file holds which field of a signal."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Invalid
from apps.radar.models import Attribute

#: What to call a field, whether a row needs it, and what its column may be called.
Field = tuple[Any, bool, set[str]]

FIELDS: dict[str, Field] = {
    "title": (gettext_lazy("Title"), True, {"title", "titel", "signal", "headline", "subject", "name"}),
    "competitor": (
        gettext_lazy("Competitor"),
        True,
        {"competitor", "company", "wettbewerber", "unternehmen", "firma", "organisation", "organization"},
    ),
    "kind": (gettext_lazy("Kind"), True, {"kind", "type", "category", "art", "typ", "kategorie"}),
    "importance": (gettext_lazy("Importance"), False, {"importance", "priority", "wichtigkeit", "bedeutung"}),
    "source_url": (
        gettext_lazy("Source address"),
        False,
        {"source_url", "source", "source address", "url", "link", "quelle"},
    ),
    "seen_at": (
        gettext_lazy("Seen"),
        False,
        {"seen_at", "seen", "date", "seen on", "datum", "gesehen", "zeit", "time"},
    ),
}


def fields(attributes: Iterable[Attribute]) -> dict[str, Field]:
    """Return what a column may hold: FIELDS, and attributes, as `attr.<slug>`."""
    own = {f"attr.{attribute.slug}": attribute for attribute in attributes}
    return FIELDS | {name: (found.name, False, {name, found.slug}) for name, found in own.items()}


def match(header: Sequence[str], attributes: Iterable[Attribute]) -> dict[str, int]:
    """Return the columns whose names say what they hold, by field."""
    names = [name.strip().casefold() for name in header]
    found: dict[str, int] = {}
    for field, (label, _required, known) in fields(attributes).items():
        wanted = known | {str(label).casefold()}
        free = (index for index, name in enumerate(names) if name in wanted and index not in found.values())
        index = next(free, None)
        if index is not None:
            found[field] = index
    return found


def labels(header: Sequence[str]) -> list[str]:
    """Return what to call each column, so that no two are called the same."""
    named = [
        name.strip()[:60] or _("Column %(number)d") % {"number": at} for at, name in enumerate(header, 1)
    ]
    return [
        name if named.count(name) == 1 else _("%(name)s (column %(number)d)") % {"name": name, "number": at}
        for at, name in enumerate(named, 1)
    ]


def demand(columns: Mapping[str, int], header: Sequence[str], attributes: Iterable[Attribute]) -> None:
    """Check that each field a row needs has a column, and that there are such columns.

    :raises Invalid: naming the fields that have none
    """
    missing = [
        field for field, (_label, required, _known) in FIELDS.items() if required and field not in columns
    ]
    if missing:
        raise Invalid(fields={field: [_("Choose a column.")] for field in missing})
    known = fields(attributes)
    strange = [field for field, at in columns.items() if field not in known or not 0 <= at < len(header)]
    if strange:
        raise Invalid(fields={field: [_("Choose one of the file's columns.")] for field in strange})
