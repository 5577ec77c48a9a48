"""Which function answers which call, and what all lists have in common."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.params import absent, checked
from apps.billing.emulator.store import Json, Store

Call = Callable[..., Json]
ROUTES: list[tuple[str, re.Pattern[str], str, Call]] = []
PAGING = {"limit", "starting_after", "ending_before", "expand"}


def route(method: str, path: str, params: str) -> Callable[[Call], Call]:
    """Have a function answer a path such as "invoices/<identifier>/pay"; `params` is a class of `stripe.params`."""
    version = "/" if path.startswith("v2/") else "/v1/"
    pattern = re.compile(f"^{version}" + re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path) + "$")

    def register(call: Call) -> Call:
        ROUTES.append((method, pattern, params, call))
        return call

    return register


def answer(store: Store, method: str, path: str, given: Json) -> Json:
    """Raises ApiError: 404 for what the emulator does not know, 400 for wrong parameters."""
    for known, pattern, params, call in ROUTES:
        if known == method and (match := pattern.match(path)):
            wanted, named = checked(params, given), match.groupdict()
            with store.at(_clock(store, wanted, named)):
                return call(store, wanted, **named)
    raise ApiError(404, f"Unrecognized request URL ({method}: {path}).")


def _clock(store: Store, params: Json, named: dict[str, str]) -> str | None:
    """The test clock of what a call is about."""
    about = [*named.values(), params.get("customer"), params.get("subscription"), params.get("test_clock")]
    clocks = (store.clock_of(one) for one in about if isinstance(one, str))
    return next((clock for clock in clocks if clock), None)


def readable(path: str, kind: str, params: str) -> None:
    """Answer reading one and listing all. `params` begins the names of both classes: "billing.Meter"."""

    @route("GET", f"{path}/<identifier>", f"{params}RetrieveParams")
    def read(store: Store, params: Json, identifier: str) -> Json:
        found = store.get(kind, identifier)
        return {"id": identifier, "object": kind, "deleted": True} if found.get("deleted") else found

    @route("GET", path, f"{params}ListParams")
    def read_all(store: Store, params: Json) -> Json:
        found = store.where(kind, customer=params["customer"]) if "customer" in params else store.all(kind)
        found = [thing for thing in found if not thing.get("deleted")]
        return listing(found, params, f"/v1/{path}")


def listing(found: list[Json], params: Json, url: str) -> Json:
    """A page of what was found, the newest first, by Stripe's filters and cursors."""
    found = [thing for thing in found if all(_matches(thing, *named) for named in params.items())]
    if "ending_before" in params:
        found = found[: _place(found, params["ending_before"], "ending_before")][::-1]
    elif "starting_after" in params:
        found = found[_place(found, params["starting_after"], "starting_after") + 1 :]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise ApiError(400, f"Invalid limit: {limit}. It must be from 1 to 100.", param="limit")
    page = found[:limit]
    if "ending_before" in params:
        page.reverse()
    return {"object": "list", "url": url, "has_more": len(found) > limit, "data": page}


def _matches(thing: Json, name: str, wanted: Any) -> bool:
    if name in PAGING or wanted is None:
        return True
    if isinstance(wanted, dict):
        bounds = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
        return all(bounds[bound](thing[name], value) for bound, value in wanted.items())
    if isinstance(wanted, list):  # lookup_keys, types, ids
        return any(_matches(thing, name.removesuffix("s"), one) for one in wanted)
    value = thing.get(name)
    return fnmatchcase(value, wanted) if isinstance(value, str) and name == "type" else bool(value == wanted)


def _place(found: list[Json], identifier: str, param: str) -> int:
    for place, thing in enumerate(found):
        if thing["id"] == identifier:
            return place
    raise ApiError(400, f"No such cursor: '{identifier}'", code="resource_missing", param=param)


def need(params: Json, name: str) -> Any:
    """For what Stripe demands and the typed params do not say. Raises ApiError (400)."""
    if params.get(name) is None:
        raise absent(name)
    return params[name]


def relabel(thing: Json, params: Json) -> None:
    """Merge metadata: an empty value deletes its key, and an empty mapping all."""
    if "metadata" in params:
        merged = {} if params["metadata"] is None else thing["metadata"] | params["metadata"]
        thing["metadata"] = {name: value for name, value in merged.items() if value is not None}
