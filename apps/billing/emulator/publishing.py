"""News of what happened, and for whom it waits."""

from fnmatch import fnmatchcase
from typing import Any

import stripe

from apps.billing.emulator.store import Json, Store


def publish(store: Store, kind: str, thing: Json, before: Json | None = None) -> Json:
    """Note an event, and queue it for the endpoints that want its kind. `before` is what `thing` was."""
    data: Json = {"object": shown(thing)}
    if before is not None:
        data["previous_attributes"] = changes(shown(before), shown(thing))
    endpoints = [endpoint for endpoint in store.all("webhook_endpoint") if _wants(endpoint, kind)]
    event = store.create(
        "event",
        "evt",
        type=kind,
        data=data,
        api_version=stripe.api_version,
        pending_webhooks=len(endpoints),
        request={"id": store.request, "idempotency_key": store.idempotency_key},
    )
    for endpoint in endpoints:
        store.queue(event["id"], endpoint["id"])
    return event


def _wants(endpoint: Json, kind: str) -> bool:
    wanted = any(fnmatchcase(kind, pattern) for pattern in endpoint["enabled_events"])
    return wanted and endpoint["status"] == "enabled"


def changes(old: Any, new: Any) -> Any:
    """What the changed parts were: mappings part by part, everything else as a whole."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old
    names = [name for name in new if old.get(name) != new[name]] + [name for name in old if name not in new]
    return {name: changes(old.get(name), new.get(name)) for name in names}


def shown(value: Any) -> Any:
    """Without what is the emulator's own."""
    if isinstance(value, dict):
        return {name: shown(part) for name, part in value.items() if not name.startswith("_")}
    return [shown(part) for part in value] if isinstance(value, list) else value
