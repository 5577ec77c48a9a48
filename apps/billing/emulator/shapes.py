"""Answers with every field that the SDK's classes declare: null where that may be, else empty."""

import builtins
import sys
import typing
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES

LEFT_OUT = {"deleted", "previous_attributes"}  # what Stripe answers only where it is so
UNKNOWN = object()


class _Names(dict[str, Any]):
    """Whatever a module imports for type checkers alone is anything."""

    def __init__(self, module: str) -> None:
        super().__init__()
        self._known = vars(sys.modules[module])

    def __missing__(self, name: str) -> Any:
        if name in self._known or hasattr(builtins, name):
            raise KeyError(name)
        return Any


def whole(value: Any, kind: type | None = None) -> Any:
    """A value with what it lacks; `kind` is the class of a part, which says itself what it is not."""
    if isinstance(value, list):
        return [whole(part, kind) for part in value]
    if not isinstance(value, dict) or "deleted" in value:
        return value
    kind = class_of(value) or kind
    if kind is None:
        return value
    hints = fields(kind)
    filled = {name: whole(part, part_of(hints.get(name))) for name, part in value.items()}
    # The SDK cannot read null where it expects a mapping of parts.
    absent = LEFT_OUT | set(getattr(kind, "_inner_class_dicts", ()))
    for name, hint in hints.items():
        if name not in filled and name not in absent and (empty := _empty(hint)) is not UNKNOWN:
            filled[name] = empty
    return filled


def class_of(value: dict[str, Any]) -> type | None:
    """The SDK's class of an object that says what it is."""
    name = value.get("object")
    known = OBJECT_CLASSES.get(name) or V2_OBJECT_CLASSES.get(name) if isinstance(name, str) else None
    if known is None or name == "list":
        return None
    found: type = getattr(import_module(known[0]), known[1])
    return found


@cache
def fields(kind: type) -> dict[str, Any]:
    """What a class of the SDK declares itself."""
    hints = typing.get_type_hints(kind, localns=_Names(kind.__module__))
    own = vars(kind).get("__annotations__", {})
    return {name: hints[name] for name in own if not name.startswith("_") and name != "OBJECT_NAME"}


def choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (typing.Union, UnionType) else (hint,)


def part_of(hint: Any) -> type | None:
    """The class of the mappings in a field, or in its list."""
    for choice in choices(hint):
        if get_origin(choice) is list:
            return part_of(get_args(choice)[0])
        if isinstance(choice, type) and issubclass(choice, StripeObject):
            return choice
    return None


def _empty(hint: Any) -> Any:
    kinds = choices(hint)
    if NoneType in kinds:
        return None
    origins = [get_origin(kind) or kind for kind in kinds]
    if list in origins:
        return []
    if ListObject in origins:
        return {"object": "list", "data": [], "has_more": False, "url": ""}
    if dict in origins or any(getattr(origin, "__name__", "") == "UntypedStripeObject" for origin in origins):
        return {}
    if bool in kinds:
        return False
    if len(kinds) == 1 and get_origin(kinds[0]) is Literal and len(get_args(kinds[0])) == 1:
        return get_args(kinds[0])[0]
    if (part := part_of(hint)) is not None:
        return whole({}, part)
    return UNKNOWN
