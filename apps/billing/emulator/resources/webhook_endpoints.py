"""Where webhooks go."""

import secrets

from apps.billing.emulator.routing import readable, relabel, route
from apps.billing.emulator.store import Json, Store

FIELDS = ("url", "enabled_events", "description")

readable("webhook_endpoints", "webhook_endpoint", "WebhookEndpoint")


@route("POST", "webhook_endpoints", "WebhookEndpointCreateParams")
def create(store: Store, params: Json) -> Json:
    """The answer alone tells the secret."""
    secret = f"whsec_{secrets.token_hex(16)}"
    return register(store, params["url"], secret, params["enabled_events"], params) | {"secret": secret}


def register(store: Store, url: str, secret: str, events: list[str], params: Json) -> Json:
    return store.create(
        "webhook_endpoint",
        "we",
        url=url,
        enabled_events=events,
        status="enabled",
        api_version=params.get("api_version"),
        description=params.get("description"),
        metadata=params.get("metadata") or {},
        application=None,
        _secret=secret,
        _is_thin=False,
    )


@route("POST", "webhook_endpoints/<identifier>", "WebhookEndpointUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    endpoint = store.get("webhook_endpoint", identifier)
    endpoint |= {name: params[name] for name in FIELDS if name in params}
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    relabel(endpoint, params)
    store.save(endpoint)
    return endpoint


@route("DELETE", "webhook_endpoints/<identifier>", "WebhookEndpointDeleteParams")
def delete(store: Store, params: Json, identifier: str) -> Json:
    return store.delete("webhook_endpoint", identifier)
