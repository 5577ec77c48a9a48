"""Pages of a long list, by cursor: stable while rows are added, and as fast at its end as at its start."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import Invalid

PAGE_SIZE = 25

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of the pages around them (empty at an end)."""

    rows: tuple[Row, ...]
    next: str
    previous: str


def page_of(found: QuerySet[Row], *, cursor: str = "", size: int = PAGE_SIZE) -> Page[Row]:
    """Return the page that a cursor leads to; the first one without.

    :param found: ordered by fields or annotations that are never null, all in one direction, the last one unique
    :raises Invalid: if the cursor was not made here for this order
    """
    order = tuple(str(name) for name in found.query.order_by)
    backward, position = _read(cursor, found, order)
    ahead = _reversed(order) if backward else order
    if position:
        found = found.filter(_beyond(ahead, position))
    rows = list(found.order_by(*ahead)[: size + 1])
    more = len(rows) > size
    rows = rows[:size][::-1] if backward else rows[:size]
    return Page(
        rows=tuple(rows),
        next=_write(rows[-1], order, backward=False) if rows and (more or backward) else "",
        previous=_write(rows[0], order, backward=True) if rows and (more if backward else position) else "",
    )


def _beyond(order: Sequence[str], position: Sequence[str]) -> Q:
    """Return what is true for rows after a position: (a, b) > (x, y), in words that an index understands."""
    names = [name.removeprefix("-") for name in order]
    than = "lt" if order[0].startswith("-") else "gt"
    after = Q()
    for index, name in enumerate(names):
        same = dict(zip(names[:index], position, strict=False))
        after |= Q(**same, **{f"{name}__{than}": position[index]})
    return Q(**{f"{names[0]}__{than}e": position[0]}) & after


def _reversed(order: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order)


# A cursor is signed for its list and order, so that nobody makes one up and no other list takes it.


def _write(row: Model, order: Sequence[str], *, backward: bool) -> str:
    position = [_position(row, name.removeprefix("-")) for name in order]
    return signing.dumps([backward, position], salt=_salt(type(row), order))


def _position(row: Model, name: str) -> str:
    if name in {field.name for field in row._meta.concrete_fields}:
        return row._meta.get_field(name).value_to_string(row)  # type: ignore[union-attr]
    return str(getattr(row, name))


def _read(cursor: str, found: QuerySet[Any], order: Sequence[str]) -> tuple[bool, list[str]]:
    if not cursor:
        return False, []
    try:
        backward, position = signing.loads(cursor, salt=_salt(found.model, order))
    except signing.BadSignature as error:
        message = _("This page link is not valid. Start from the first page.")
        raise Invalid(message, fields={"cursor": [message]}) from error
    return backward, position


def _salt(model: type[Model], order: Sequence[str]) -> str:
    return f"apps.core.pages:{model._meta.label}:{','.join(order)}"
