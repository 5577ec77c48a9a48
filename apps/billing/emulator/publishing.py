"""News of what happened, and for whom it waits."""

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import stripe

from apps.billing.emulator.shapes import whole
from apps.billing.emulator.store import Json, Store

THIN = "_thin"  # what the id of a thin event has behind its twin's
PATHS = {
    "entitlements.active_entitlement_summary": "customers",
    "test_helpers.test_clock": "test_helpers/test_clocks",
}


def publish(store: Store, kind: str, thing: Json, before: Json | None = None) -> Json:
    """Note an event, and queue it for the endpoints that want its kind. `before` is what `thing` was."""
    data: Json = {"object": whole(thing)}
    if before is not None:
        data["previous_attributes"] = changes(public(before), public(thing))
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


def thin(event: Json) -> Json:
    """The event as version 2 has it: what it is about, and nothing of its state."""
    about = event["data"]["object"]
    identifier = about.get("id", about.get("customer"))
    plural = PATHS.get(about["object"], f"{about['object'].replace('.', '/')}s")
    caller = event["request"]
    reason = {"type": "request", "request": caller} if caller["id"] and caller["idempotency_key"] else None
    return {
        "id": event["id"] + THIN,
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "created": datetime.fromtimestamp(event["created"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "livemode": False,
        "context": None,
        "reason": reason,
        "related_object": {"id": identifier, "type": about["object"], "url": f"/v1/{plural}/{identifier}"},
        "snapshot_event": event["id"],
    }


def _wants(endpoint: Json, kind: str) -> bool:
    wanted = any(fnmatchcase(kind, pattern) for pattern in endpoint["enabled_events"])
    return wanted and endpoint["status"] == "enabled"


def changes(old: Any, new: Any) -> Any:
    """What the changed parts were: mappings part by part, everything else as a whole."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old
    names = [name for name in new if old.get(name) != new[name]] + [name for name in old if name not in new]
    return {name: changes(old.get(name), new.get(name)) for name in names}


def public(value: Any) -> Any:
    """Without what is the emulator's own."""
    if isinstance(value, dict):
        return {name: public(part) for name, part in value.items() if not name.startswith("_")}
    return [public(part) for part in value] if isinstance(value, list) else value
