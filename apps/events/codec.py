"""Events as JSON, and back."""

from dataclasses import fields
from datetime import date, datetime
from types import NoneType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from apps.events.interface import Event

READERS: dict[Any, Any] = {UUID: UUID, datetime: datetime.fromisoformat, date: date.fromisoformat}


def encode(event: Event) -> dict[str, Any]:
    """Return the event's fields as JSON values."""
    return {field.name: _write(getattr(event, field.name)) for field in fields(event)}


def decode(kind: type, payload: dict[str, Any]) -> Any:
    """Return the event that `encode` was given. Fields that the class no longer has are left out.

    :raises TypeError, ValueError: if a field is missing and has no default, or a value is not of its type
    """
    types = get_type_hints(kind)
    names = [field.name for field in fields(kind) if field.name in payload]
    return kind(**{name: _read(types[name], payload[name]) for name in names})


def _write(value: Any) -> Any:
    match value:
        case UUID():
            return str(value)
        case datetime() | date():
            return value.isoformat()
    return value


def _read(type_: Any, value: Any) -> Any:
    possible = [kind for kind in get_args(type_) or (type_,) if kind is not NoneType]
    reader = READERS.get(possible[0])
    return reader(value) if reader and value is not None else value
