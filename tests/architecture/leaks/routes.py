"""Finds what there is to attack: every address that Django's resolver knows, and every command of ours."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver
from django.utils.regex_helper import normalize

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An address with its arguments. `pattern` is what Django says a resolved path matched."""

    pattern: str
    template: str
    arguments: tuple[str, ...]
    view: str
    methods: tuple[str, ...]
    #: The label of the model that a viewset shows.
    shown: str

    @property
    def is_api(self) -> bool:
        return self.template.startswith("/api/")

    @property
    def has_workspace(self) -> bool:
        """Whether a request says which workspace it means: in the address, or in a header."""
        return self.is_api or "workspace" in self.arguments

    @property
    def is_backoffice(self) -> bool:
        return self.template.startswith("/admin/")

    def __str__(self) -> str:
        return self.template % {name: f"<{name}>" for name in self.arguments}

    def path(self, values: dict[str, str]) -> str:
        """Return the address with its arguments filled in."""
        return self.template % {name: quote(values[name], safe="") for name in self.arguments}


def find(urlconf: str | None = None, *, module: str = "") -> list[Route]:
    """Return all routes, or those whose view stands in a module."""
    found = _walk(get_resolver(urlconf), "", "/", ())
    return [route for route in found if route.view.startswith(module)]


def _walk(resolver: URLResolver, pattern: str, template: str, arguments: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        # The shapes that a regular expression allows, as `reverse` fills them in; we take the longest.
        shape, names = normalize(entry.pattern.regex.pattern)[-1]
        known: dict[str, Any] = {
            "pattern": pattern + str(entry.pattern),
            "template": template + shape,
            "arguments": (*arguments, *names),
        }
        if isinstance(entry, URLPattern):
            view = entry.callback
            yield Route(view=_name(view), methods=_methods(view), shown=_shown(view), **known)
        else:
            yield from _walk(entry, **known)


def _name(view: Any) -> str:
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    return f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"


def _shown(view: Any) -> str:
    rows = getattr(getattr(view, "cls", None), "queryset", None)
    return "" if rows is None else str(rows.model._meta.label)


def _methods(view: Any) -> tuple[str, ...]:
    """Return the methods that a view answers, as far as it says so; else all."""
    if actions := getattr(view, "actions", None):
        answered = {*actions, "options"}
    elif view_class := getattr(view, "view_class", None):
        answered = {name for name in view_class.http_method_names if hasattr(view_class, name)}
    else:
        answered = set(_required(view) or METHODS)
    return tuple(method for method in METHODS if method in {name.upper() for name in answered})


def _required(view: Any) -> list[str]:
    """Return the methods that Django's `require_http_methods` lets through to a function."""
    while view is not None:
        named = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in named:
            return list(named["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return []


def models_for(argument: str, route: Route) -> list[str]:
    """Return the labels of the models that an argument may mean: by its name, the view's rows, or the address."""
    labels = {model._meta.label: model._meta for model in apps.get_models()}
    wanted = argument.removesuffix("_id").removesuffix("_pk").replace("_", "")
    named = [label for label, meta in labels.items() if str(meta.model_name).endswith(wanted)]
    named = named or [label for label, meta in labels.items() if str(meta.model_name).startswith(wanted)]
    address = route.template.replace("_", "").replace("-", "")
    if named or route.shown:
        return named or [route.shown]
    return [label for label, meta in labels.items() if str(meta.model_name) in address]
