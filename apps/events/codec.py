"""Events as JSON, and back."""

import json
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any, get_type_hints
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder

from apps.events.interface import Event

READERS = {UUID: UUID, datetime: datetime.fromisoformat, date: date.fromisoformat}


def encode(event: Event) -> dict[str, Any]:
    """Return the event's fields as JSON values."""
    return json.loads(json.dumps(asdict(event), cls=DjangoJSONEncoder))  # type: ignore[no-any-return]


def decode(kind: type, payload: dict[str, Any]) -> Any:
    """Return the event that `encode` was given. Fields that the class no longer has are left out.

    :raises KeyError: if the payload lacks a field that has no default
    :raises TypeError, ValueError: if a value is not of the field's type
    """
    types = get_type_hints(kind)
    names = [field.name for field in fields(kind) if field.name in payload]
    return kind(**{name: _read(types[name], payload[name]) for name in names})


def _read(type_: Any, value: Any) -> Any:
    reader = READERS.get(type_)
    return reader(value) if reader else value  # type: ignore[operator]
