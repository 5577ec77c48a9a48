"""What an import linter can't see: keys, names as strings, and what crosses an interface."""

import ast
import dataclasses
import enum
import types
import typing
from abc import ABC
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from django.db import models

#: The two models that other modules may point at.
SHARED_TARGETS = {"accounts.User", "tenancy.Tenant"}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "shared"}
HTTP_CLIENTS = ("aiohttp", "http.client", "httpcore", "httpx", "requests", "urllib.request", "urllib3")
PLAIN = {str, int, float, bool, bytes, type(None), UUID, Decimal, date, datetime, timedelta}


def foreign_key_faults(modules: Iterable[type[models.Model]]) -> list[str]:
    """Return the foreign keys that leave their module for anything but a person or a tenant."""
    found = []
    for model in modules:
        for field in model._meta.get_fields():
            target = (
                field.related_model if isinstance(field, models.ForeignKey | models.ManyToManyField) else None
            )
            if not isinstance(target, type) or not _is_ours(model) or model._meta.auto_created:
                continue
            leaves = (
                target._meta.app_label != model._meta.app_label and target._meta.label not in SHARED_TARGETS
            )
            if leaves and not _is_inherited_from_django(model, field.name):
                found.append(f"{model._meta.label}.{field.name} points at {target._meta.label}.")
    return found


def _is_ours(model: type[models.Model]) -> bool:
    return model.__module__.startswith("apps.")


def _is_inherited_from_django(model: type[models.Model], name: str) -> bool:
    bases = (base for base in model.__mro__[1:] if base.__module__.startswith("django."))
    return any(
        hasattr(base, "_meta") and name in {f.name for f in base._meta.local_many_to_many} for base in bases
    )


def get_model_faults(path: Path) -> list[str]:
    """Return the places where a module reaches for a model by its name."""
    return [
        f"{path}:{call.lineno} reaches for a model by name."
        for call in _calls(path)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "get_model"
        and not (isinstance(call.func.value, ast.Attribute) and ast.unparse(call.func.value) == "state.apps")
    ]


def way_out_faults(path: Path) -> list[str]:
    """Return the imports of an HTTP client; apps/core/outgoing is the one way out."""
    return [
        f"{path}:{node.lineno} calls other servers past apps.core.outgoing."
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
        )
        if name.startswith(HTTP_CLIENTS)
    ]


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def name_faults(paths: Iterable[Path]) -> list[str]:
    """Return the files and folders whose names say nothing."""
    return [
        f"{path} has a name that hides what is inside."
        for path in paths
        if VAGUE_NAMES & {path.stem, path.name}
    ]


def interface_faults(interface: type[ABC]) -> list[str]:
    """Return what could not cross a wire in an interface's methods, and what is not named there."""
    found = []
    methods = [getattr(interface, name) for name in sorted(interface.__abstractmethods__)]
    if len(methods) > 10:
        found.append(f"{interface.__name__} has {len(methods)} methods.")
    for method in methods:
        label = f"{interface.__name__}.{method.__name__}"
        hints = typing.get_type_hints(method)
        code = method.__code__
        if code.co_argcount > 1 or code.co_flags & 0x0C:
            found.append(f"{label} takes positional or open-ended arguments.")
        if "return" not in hints or set(code.co_varnames[1 : 1 + code.co_kwonlyargcount]) - hints.keys():
            found.append(f"{label} is not fully annotated.")
        found += [f"{label}: {name} is {hint}." for name, hint in hints.items() if not is_wire_safe(hint)]
        if not method.__doc__:
            found.append(f"{label} says nothing to its callers.")
    return found


def is_wire_safe(hint: typing.Any) -> bool:
    """Tell whether values of a type can be sent to another process: plain values, and frozen dataclasses of them."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType, tuple, frozenset) or origin is Mapping:
        return all(argument is Ellipsis or is_wire_safe(argument) for argument in arguments)
    if not isinstance(hint, type):
        return False
    if hint in PLAIN or issubclass(hint, enum.Enum):
        return True
    # An event is described by its base; what crosses is a subclass, and those are checked one by one.
    if dataclasses.is_dataclass(hint) and hint.__dataclass_params__.frozen:
        hints = {
            name: kind for name, kind in typing.get_type_hints(hint).items() if not _is_class_variable(kind)
        }
        return all(is_wire_safe(kind) for kind in hints.values())
    return False


def _is_class_variable(hint: typing.Any) -> bool:
    return typing.get_origin(hint) is typing.ClassVar
