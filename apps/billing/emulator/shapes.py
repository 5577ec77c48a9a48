"""Answers with every field that the SDK's classes declare: null where that may be, else empty."""

import builtins
import sys
import typing
from copy import deepcopy
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
    """A value with what it lacks, and without names that begin with `_`.

    `kind` is the class of a part, which does not say itself what it is.
    """
    if isinstance(value, list):
        return [whole(part, kind) for part in value]
    if not isinstance(value, dict):
        return value
    kind = None if "deleted" in value else class_of(value) or kind
    parts, empty = _plan(kind) if kind else ({}, {})
    filled = {name: whole(part, parts.get(name)) for name, part in value.items() if not name.startswith("_")}
    filled |= {name: deepcopy(blank) for name, blank in empty.items() if name not in filled}
    return filled


@cache
def _plan(kind: type) -> tuple[dict[str, type | None], dict[str, Any]]:
    """The classes of a class's parts, and what its fields are when nothing is known of them."""
    hints = fields(kind)
    # The SDK cannot read null where it expects a mapping of parts.
    absent = LEFT_OUT | set(getattr(kind, "_inner_class_dicts", ()))
    blanks = {name: _empty(hint) for name, hint in hints.items() if name not in absent}
    parts = {name: part_of(hint) for name, hint in hints.items()}
    return parts, {name: blank for name, blank in blanks.items() if blank is not UNKNOWN}


def class_of(value: dict[str, Any]) -> type | None:
    """The SDK's class of an object that says what it is."""
    name = value.get("object")
    return _class_named(name) if isinstance(name, str) else None


@cache
def _class_named(name: str) -> type | None:
    known = OBJECT_CLASSES.get(name) or V2_OBJECT_CLASSES.get(name)
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
