"""Values as JSON, and back by their type: what crosses an interface or travels in an event.

Plain values, tuples, frozensets, mappings, optional and other unions, enumerations, and frozen dataclasses of these.
"""

import base64
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from django.utils.functional import Promise

MICROSECOND = timedelta(microseconds=1)


def encode(value: Any) -> Any:
    """Return a value as JSON has it.

    :raises TypeError: if it is of a type that can't cross a wire
    """
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case UUID() | Decimal() | Promise():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value // MICROSECOND
        case bytes():
            return base64.b64encode(value).decode()
    return _parts(value)


def _parts(value: Any) -> Any:
    match value:
        case tuple() | list():
            return [encode(part) for part in value]
        case frozenset():
            return sorted((encode(part) for part in value), key=repr)
        case Mapping():
            return {encode(name): encode(part) for name, part in value.items()}
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__qualname__} can't be written as JSON.")


def decode(hint: Any, data: Any) -> Any:
    """Return the value of a type that `encode` was given. Fields that a dataclass no longer has are left out.

    :raises TypeError: if the type can't cross a wire, or a field is missing that has no default
    :raises ValueError: if the data is not of the type
    """
    return reader(hint)(data)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads values of one type. `accepts` are the types that JSON may bring them in."""

    hint: Any
    accepts: tuple[type, ...]
    read: Callable[[Any], Any]

    def __call__(self, data: Any) -> Any:
        if type(data) not in self.accepts:
            raise ValueError(f"{type(data).__name__} was sent for {self.hint}.")
        return self.read(data)


def _same(data: Any) -> Any:
    return data


def _decimal(data: str) -> Decimal:
    try:
        return Decimal(data)
    except ArithmeticError as error:
        raise ValueError(f"{data!r} is no number.") from error


PLAIN: dict[Any, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    type(None): ((type(None),), _same),
    bool: ((bool,), _same),
    int: ((int,), _same),
    float: ((float, int), float),
    str: ((str,), _same),
    UUID: ((str,), UUID),
    Decimal: ((str,), _decimal),
    datetime: ((str,), datetime.fromisoformat),
    date: ((str,), date.fromisoformat),
    timedelta: ((int,), lambda data: data * MICROSECOND),
    bytes: ((str,), lambda data: base64.b64decode(data, validate=True)),
}


@cache
def reader(hint: Any) -> Reader:
    """Return what reads values of a type.

    :raises TypeError: if the type can't cross a wire, or is a union whose members look the same in JSON
    """
    if hint is None or hint in PLAIN:
        return Reader(hint, *PLAIN[hint or type(None)])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union(hint, [reader(option) for option in arguments])
    if origin is Literal:
        return Reader(hint, tuple({type(value) for value in arguments}), _one_of(hint, arguments))
    if origin in (tuple, frozenset, Sequence, Mapping):
        return _collection(hint, origin, arguments)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Reader(hint, tuple({type(member.value) for member in hint}), hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return Reader(hint, (dict,), _dataclass(hint))
    raise TypeError(f"{hint} can't cross a wire.")


def _union(hint: Any, options: list[Reader]) -> Reader:
    by_type: dict[type, Reader] = {}
    for option in options:
        for kind in option.accepts:
            known = by_type.setdefault(kind, option)
            if known is not option and float not in (known.hint, option.hint):
                raise TypeError(f"{known.hint} and {option.hint} of {hint} look the same in JSON.")
            if known.hint is float:  # which also takes whole numbers, unless somebody else does
                by_type[kind] = option
    return Reader(hint, tuple(by_type), lambda data: by_type[type(data)](data))


def _one_of(hint: Any, values: tuple[Any, ...]) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        if data not in values:
            raise ValueError(f"{data!r} was sent for {hint}.")
        return data

    return read


def _collection(hint: Any, origin: Any, arguments: tuple[Any, ...]) -> Reader:
    if origin is Mapping:
        name, part = map(reader, arguments)
        if name.accepts != (str,):
            raise TypeError(f"The keys of {hint} can't be JSON's.")
        return Reader(hint, (dict,), lambda data: {name(key): part(value) for key, value in data.items()})
    if origin is tuple and arguments[-1:] != (Ellipsis,):
        parts = [reader(argument) for argument in arguments]
        return Reader(
            hint, (list,), lambda data: tuple(read(value) for read, value in zip(parts, data, strict=True))
        )
    part, collect = reader(arguments[0]), tuple if origin is Sequence else origin
    return Reader(hint, (list,), lambda data: collect(map(part, data)))


def _dataclass(kind: type) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    readers = {field.name: reader(hints[field.name]) for field in fields(kind) if field.init}
    return lambda data: kind(**{name: read(data[name]) for name, read in readers.items() if name in data})
