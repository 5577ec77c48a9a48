"""The catalogue of events: what each is called and carries, who consumes it, and whether a change keeps its promise."""

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, get_args, get_origin, get_type_hints

from django.apps import apps

from apps.core import subscriptions
from apps.events.interface import Event

Schemas = dict[str, dict[str, Any]]

HEAD = """# Events

Written by `manage.py events --write`. A consumer is declared with `@handles` (docs/guides/background-work.md).
Events of one aggregate that are ordered reach each consumer in the order of their commits.
"""


def schemas() -> Schemas:
    """Return what each event of the modules promises, by its name."""
    return {kind.event_name: schema_of(kind) for kind in sorted(_events(), key=lambda kind: kind.event_name)}


def schema_of(kind: type[Event]) -> dict[str, Any]:
    """Return what an event promises, as JSON has it."""
    hints = get_type_hints(kind)
    return {
        "version": kind.event_version,
        "aggregate": kind.aggregate,
        "ordered": kind.is_ordered,
        "fields": {
            field.name: {
                "type": _type(hints[field.name]),
                "optional": field.default is not MISSING or field.default_factory is not MISSING,
            }
            for field in fields(kind)
        },
    }


def breaches(*, before: Schemas, now: Schemas) -> list[str]:
    """Return what would break who reads the events of before, as sentences that say what to do."""
    return [
        f"{name}: {fault}"
        for name, old in before.items()
        if name in now and now[name]["version"] == old["version"]
        for fault in _faults(old["fields"], now[name]["fields"])
    ]


def page() -> str:
    """Return the catalogue for people, as Markdown."""
    return HEAD + "".join(_section(name, schema) for name, schema in schemas().items())


def _faults(old: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    raise_it = "raise the event's event_version"
    for name, field in old.items():
        if name not in now:
            yield f"the field {name} is gone. Keep it, or {raise_it}."
        elif now[name]["type"] != field["type"]:
            yield f"{name} was {field['type']} and is {now[name]['type']}. Add a field instead, or {raise_it}."
    for name in now.keys() - old.keys():
        if not now[name]["optional"]:
            yield f"the field {name} is new, and events on their way lack it. Give it a default, or {raise_it}."


def _section(name: str, schema: dict[str, Any]) -> str:
    consumers = (
        ", ".join(f"`{consumer}`" for consumer in sorted(subscriptions.consumers_of(name))) or "nobody"
    )
    order = "ordered" if schema["ordered"] else "unordered"
    rows = "".join(
        f"| `{field}` | `{about['type']}` | {'yes' if about['optional'] else ''} |\n"
        for field, about in schema["fields"].items()
    )
    return (
        f"\n## {name}\n\nVersion {schema['version']}, {order}, aggregate `{schema['aggregate']}`. "
        f"Consumed by {consumers}.\n\n| field | type | optional |\n|---|---|---|\n{rows}"
    )


def _events() -> Iterator[type[Event]]:
    for config in apps.get_app_configs():
        if config.name.startswith("apps.") and find_spec(f"{config.name}.events"):
            module = import_module(f"{config.name}.events")
            for kind in vars(module).values():
                is_ours = isinstance(kind, type) and kind.__module__ == module.__name__
                if is_ours and issubclass(kind, Event) and "event_name" in vars(kind):
                    yield kind


def _type(hint: Any) -> str:
    """Return a type as text; of a dataclass, with its fields, which travel too."""
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        parts = ", ".join(f"{field.name}: {_type(hints[field.name])}" for field in fields(hint))
        return f"{hint.__name__}({parts})"
    if hint is Ellipsis:
        return "..."
    if get_origin(hint) is None:
        return getattr(hint, "__name__", str(hint)).replace("NoneType", "None")
    arguments = [_type(part) if not isinstance(part, str) else repr(part) for part in get_args(hint)]
    origin = getattr(get_origin(hint), "__name__", str(get_origin(hint)))
    if origin in ("Union", "UnionType"):
        return " or ".join(arguments)
    return f"{origin}[{', '.join(arguments)}]"
