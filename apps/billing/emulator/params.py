"""What a request says: Stripe's forms, checked against the typed params of the installed SDK."""

import re
import typing
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import import_module
from types import UnionType
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl

from stripe import RequestOptions

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.store import Json

UNREADABLE = object()


def nested(text: str) -> Json:
    """What a form of Stripe's says: `items[0][price]=x` is {"items": [{"price": "x"}]}."""
    found: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        place, key = found, first
        for part in rest:
            if not isinstance(inner := place.setdefault(key, {}), dict):
                raise ApiError(400, f"Invalid parameter: {name}.", param=name)
            place, key = inner, part
        place[key] = value
    result: Json = _with_lists(found)
    return result


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_with_lists(part) for part in value.values()]
    return {name: _with_lists(part) for name, part in value.items()}


def checked(name: str, given: Json) -> Json:
    """The parameters with their types, `None` where a field is to be emptied. Raises ApiError (400), as Stripe does.

    `name` is a class of `stripe.params`, such as "checkout.SessionCreateParams".
    """
    package, _, short = name.rpartition(".")
    return _object(given, getattr(import_module(f"stripe.params.{package}".rstrip(".")), short), "")


@cache
def _fields(shape: type) -> dict[str, Any]:
    hints = typing.get_type_hints(shape, localns={"StripeContext": str, "Mapping": Mapping})
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


def _object(given: Json, shape: type, place: str) -> Json:
    fields = _fields(shape)
    for name in given:
        if name not in fields:
            where = _inside(place, name)
            message = f"Received unknown parameter: {where}"
            raise ApiError(400, message, code="parameter_unknown", param=where)
    for name in sorted(shape.__required_keys__):  # type: ignore[attr-defined]
        if given.get(name) in (None, ""):
            raise absent(_inside(place, name))
    return {name: _value(value, fields[name], _inside(place, name)) for name, value in given.items()}


def absent(name: str) -> ApiError:
    return ApiError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def _inside(place: str, name: str) -> str:
    return f"{place}[{name}]" if place else name


def _value(value: Any, hint: Any, place: str) -> Any:
    kinds = get_args(hint) if get_origin(hint) in (typing.Union, UnionType) else (hint,)
    if isinstance(value, list):
        inner = next((get_args(kind)[0] for kind in kinds if get_origin(kind) is list), None)
        if inner is None:
            raise ApiError(400, "Invalid array", param=place)
        return [_value(part, inner, f"{place}[{n}]") for n, part in enumerate(value)]
    if isinstance(value, dict):
        return _mapping(value, kinds, place)
    return _scalar(value, kinds, place)


def _mapping(value: Json, kinds: tuple[Any, ...], place: str) -> Json:
    for kind in kinds:
        if hasattr(kind, "__required_keys__"):
            return _object(value, kind, place)
        if get_origin(kind) is dict:
            inner = get_args(kind)[1]
            return {name: _value(part, inner, _inside(place, name)) for name, part in value.items()}
    raise ApiError(400, "Invalid object", param=place)


def _scalar(value: str, kinds: tuple[Any, ...], place: str) -> Any:
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if value in words:
        return value or None
    if value == "" and str in kinds:
        return None
    choices = [word for word in words if word]
    for kind in kinds:
        if (read := _read(value, kind)) is not UNREADABLE and not (kind is str and choices):
            return read
    name = place.rsplit("[", 1)[-1].rstrip("]")
    if choices:
        listed = ", ".join(map(str, choices[:-1])) + f", or {choices[-1]}" if choices[1:] else str(choices[0])
        raise ApiError(400, f"Invalid {name}: must be one of {listed}", param=place)
    if int in kinds:
        raise ApiError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=place)
    raise ApiError(400, f"Invalid {name}: {value}", param=place)


def _read(value: str, kind: Any) -> Any:
    if kind is str:
        return value
    if kind is bool:
        return {"true": True, "false": False}.get(value, UNREADABLE)
    if kind is Decimal:  # stays text, as in the answers
        return value if _is_number(value) else UNREADABLE
    if kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            return UNREADABLE
    return UNREADABLE


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False
