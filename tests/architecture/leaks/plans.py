"""Plans the attempts at a route: what the attacker does at home, with the victim's values in the place of their own."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.urls import Resolver404, resolve

from tests.architecture.leaks.attack import Attempt, Siege, Visitor, taken_back
from tests.architecture.leaks.holdings import Holdings
from tests.architecture.leaks.pages import forms_of
from tests.architecture.leaks.routes import Route, models_for
from tests.architecture.leaks.tables import tenant_models

Bodies = dict[tuple[str, str], list[dict[str, Any]]]


class Planner:
    """Knows what the pages of the attacker's own workspace send, and whose ids to send instead."""

    def __init__(self, siege: Siege, routes: Iterable[Route], owner: Visitor) -> None:
        self.victim, self.own, self.victims_owner = siege.victim, siege.own, siege.victims_owner
        self.counterparts = siege.own.counterparts(siege.victim)
        self.bodies = self._explore(routes, owner)

    def attempts(self, route: Route, attacker: Visitor) -> Iterator[Attempt]:
        """Yield what is tried at a route: in the victim's workspace, and in one's own with the victim's ids."""
        for slug in {self.victim.told.tenant.slug, attacker.slug} - {""} if route.has_workspace else {""}:
            paths = self.paths(route, self.victim, slug)
            for path in paths if attacker.slug and not route.is_backoffice else paths[:1]:
                for method in _methods(route, attacker):
                    for body in self._bodies(route, method, is_at_home=slug in ("", attacker.slug)):
                        workspace = slug if route.is_api else ""
                        yield Attempt(method=method, path=path, body=body, workspace=workspace)

    def leads_somewhere(self, route: Route) -> bool:
        """Tell whether one of the victim's addresses at a route is not empty to the victim's owner."""
        owner = self.victims_owner
        method = "GET" if "GET" in route.methods else route.methods[0]
        for path in self.paths(route, self.victim, owner.slug):
            with taken_back():
                attempt = Attempt(method=method, path=path, workspace=owner.slug)
                if attempt.send(owner.browser()).status_code != 404:
                    return True
        return False

    def paths(self, route: Route, holdings: Holdings, slug: str) -> list[str]:
        """Return the route's addresses, with each of the workspace's ids that may fit."""
        choices = {name: self._values(name, route, holdings, slug) for name in route.arguments}
        longest = max((len(values) for values in choices.values()), default=1)
        return [
            route.path({name: values[number % len(values)] for name, values in choices.items()})
            for number in range(longest)
        ]

    def _values(self, argument: str, route: Route, holdings: Holdings, slug: str) -> list[str]:
        if argument == "workspace":
            return [slug]
        fitting = [label for label in models_for(argument, route) if holdings.rows.get(label)]
        # What stands for no model of ours, such as a key in a mail, still may not take an id.
        return holdings.ids_of(fitting) if fitting else [str(holdings.told.tenant.id)]

    def _bodies(self, route: Route, method: str, *, is_at_home: bool) -> list[dict[str, Any]]:
        known = self.bodies.get((route.pattern, method), []) if is_at_home or not route.has_workspace else []
        match method:
            case "HEAD" | "OPTIONS" | "DELETE":
                return [{}]
            case "GET":
                return [{}, self._guesses(), *known] if is_at_home and not route.is_backoffice else [{}]
            case _:
                return [self._guesses() | body for body in known or [{}]]

    def _guesses(self) -> dict[str, Any]:
        """Return the fields that a careless view might take from a request, with the victim's values."""
        tenant = self.victim.told.tenant
        guesses: dict[str, Any] = {"workspace": tenant.slug, "tenant_id": str(tenant.id)}
        for model in tenant_models():
            name, ids = str(model._meta.model_name), self.victim.ids_of([model._meta.label])
            guesses |= {name: ids[0], f"{name}_id": ids[0], "id": ids[0]} if ids else {}
        return guesses

    # What the attacker's own pages send.

    def _explore(self, routes: Iterable[Route], owner: Visitor) -> Bodies:
        found: Bodies = {}
        for route in routes:
            if "GET" in route.methods and route.has_workspace:
                for key, body in self._seen(route, owner):
                    swapped = _swapped(body, self.counterparts)
                    if swapped not in found.setdefault(key, []):
                        found[key].append(swapped)
        return found

    def _seen(self, route: Route, owner: Visitor) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        path = self.paths(route, self.own, owner.slug)[0]
        with taken_back():
            response = Attempt(method="GET", path=path, workspace=owner.slug).send(owner.browser())
        content = response.getvalue().decode(errors="replace") if response.status_code == 200 else ""
        if route.is_api and content.startswith("{"):
            shown = json.loads(content)
            for row in shown.get("results", [shown] if "id" in shown else [])[:1]:
                yield from (((route.pattern, method), row) for method in ("POST", "PUT", "PATCH"))
        else:
            for form in forms_of(path, content):
                if pattern := _pattern_of(form.action):
                    yield (pattern, form.method), self._filled(form.fields)

    def _filled(self, fields: Mapping[str, list[str]]) -> dict[str, Any]:
        """Choose for each field the values that are ids of ours, else the last one."""
        return {
            name: [value for value in values if value in self.counterparts] or values[-1:]
            for name, values in fields.items()
            if name != "csrfmiddlewaretoken"
        }


def _methods(route: Route, attacker: Visitor) -> list[str]:
    """Return the methods to try: fewer where the same few lines turn everybody away."""
    if attacker.slug and not route.is_backoffice:
        return list(route.methods)
    skipped = {"HEAD", "OPTIONS"} | ({"PUT", "PATCH", "DELETE"} if route.is_backoffice else set())
    return [method for method in route.methods if method not in skipped] or list(route.methods)


def _swapped(value: Any, counterparts: Mapping[str, str]) -> Any:
    """Return what a page sends, with the victim's ids in the place of the attacker's own."""
    match value:
        case str():
            return counterparts.get(value, value)
        case list():
            return [_swapped(part, counterparts) for part in value]
        case dict():
            return {name: _swapped(part, counterparts) for name, part in value.items()}
    return value


def _pattern_of(action: str) -> str:
    try:
        return resolve(action.partition("?")[0]).route
    except Resolver404:
        return ""
