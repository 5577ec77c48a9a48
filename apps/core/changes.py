"""Changing a row: what differs, whether it is acceptable, and what the audit log keeps of it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model

from apps.core.errors import Invalid

Values = dict[str, str | int | bool | None]


def validate(row: Model) -> None:
    """Check a row's fields, save its references, by the rules of its model.

    :raises Invalid: naming the fields that break one
    """
    references = {field.name for field in row._meta.fields if field.is_relation}
    try:
        row.clean_fields(exclude=references)
    except ValidationError as error:
        raise Invalid(fields=error.message_dict) from error


def assign(row: Model, **values: Any) -> tuple[Values, Values]:
    """Set and check the values that are given and differ. Return those before and after.

    None empties a field that may be empty, and leaves any other as it is.

    :raises Invalid: naming the fields that break a rule
    """
    changed = {
        name: value
        for name, value in values.items()
        if getattr(row, name) != value and (value is not None or row._meta.get_field(name).null)  # type: ignore[union-attr]
    }
    before = {name: plain(getattr(row, name)) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    validate(row)
    return before, {name: plain(getattr(row, name)) for name in changed}


def plain(value: Any) -> str | int | bool | None:
    """Return a value as the audit log keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
