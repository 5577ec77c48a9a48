"""What values an attribute may hold, and how they are compared."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from apps.radar.models import Attribute

Value = str | float | date | bool

LONGEST_TEXT = 200
#: Up to here a float holds every whole number, and is shown as it was typed.
LARGEST_NUMBER = 10**15

#: Which column of `AttributeValue` holds the values of a kind.
COLUMNS = {
    Attribute.Kind.TEXT: "text",
    Attribute.Kind.NUMBER: "number",
    Attribute.Kind.DATE: "day",
    Attribute.Kind.CHOICE: "text",
    Attribute.Kind.YES_NO: "flag",
}
#: Kinds whose values come in ranges.
RANGES = {Attribute.Kind.NUMBER, Attribute.Kind.DATE}

_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
#: What JSON can say and PostgreSQL can't keep: NUL, and halves of a character.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}


class Unfit(ValueError):
    """A value that an attribute can't hold; the text says why, for people."""


def column_of(attribute: Attribute) -> str:
    """Return the column of `AttributeValue` that holds the attribute's values."""
    return COLUMNS[Attribute.Kind(attribute.kind)]


def value_of(attribute: Attribute, given: Any) -> Value:
    """Return a value as the attribute holds it.

    :param given: as it comes in JSON, from a form or from a file
    :raises Unfit: if the attribute can't hold it
    """
    return _READERS[Attribute.Kind(attribute.kind)](attribute, given)


def comparable(attribute: Attribute, value: Value) -> Value:
    """Return what stands in the value's column: texts are compared without case."""
    return value.casefold()[:LONGEST_TEXT] if isinstance(value, str) else value


def plain(value: Value) -> str | float | bool:
    """Return a value as it stands in JSON."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _text(attribute: Attribute, given: Any) -> str:
    if isinstance(given, bool):
        given = _("Yes") if given else _("No")
    if isinstance(given, int) and abs(given) > LARGEST_NUMBER:
        raise Unfit(_("This number is too large."))
    text = " ".join(str(given).split()) if isinstance(given, str | int | float | date) else ""
    if not text or _UNKEEPABLE.search(text):
        raise Unfit(_("Give a text."))
    if len(text) > LONGEST_TEXT:
        raise Unfit(_("Keep it to %(most)d characters.") % {"most": LONGEST_TEXT})
    return text


def _number(attribute: Attribute, given: Any) -> float:
    if isinstance(given, str) and _NUMBER.fullmatch(given.strip()):
        given = float(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or given != given:
        raise Unfit(_("Give a number, such as 12.5."))
    if abs(given) > LARGEST_NUMBER:
        raise Unfit(_("This number is too large."))
    return float(given) + 0.0  # no negative zero


def _day(attribute: Attribute, given: Any) -> date:
    if isinstance(given, date):
        return given.date() if isinstance(given, datetime) else given
    try:
        day = parse_date(given.strip()) if isinstance(given, str) else None
    except ValueError:
        day = None
    if day is None:
        raise Unfit(_("Give a day, such as 2026-11-02."))
    return day


def _choice(attribute: Attribute, given: Any) -> str:
    named = _text(attribute, given).casefold()
    for choice in attribute.choices:
        if choice.casefold() == named:
            return str(choice)
    raise Unfit(_("Choose one of: %(choices)s.") % {"choices": ", ".join(attribute.choices)})


def _yes_no(attribute: Attribute, given: Any) -> bool:
    found = given if isinstance(given, bool) else None
    if isinstance(given, str):
        found = _YES_NO.get(given.strip().casefold())
    if found is None:
        raise Unfit(_("Say yes or no."))
    return found


_READERS: dict[Attribute.Kind, Callable[[Attribute, Any], Value]] = {
    Attribute.Kind.TEXT: _text,
    Attribute.Kind.NUMBER: _number,
    Attribute.Kind.DATE: _day,
    Attribute.Kind.CHOICE: _choice,
    Attribute.Kind.YES_NO: _yes_no,
}
