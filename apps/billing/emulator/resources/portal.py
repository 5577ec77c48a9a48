"""The billing portal: what it offers, and sessions in which a customer sees it."""

from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

FEATURES: Json = {
    "customer_update": {"enabled": False, "allowed_updates": []},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {
        "enabled": True,
        "mode": "at_period_end",
        "proration_behavior": "none",
        "cancellation_reason": {"enabled": False, "options": []},
    },
    "subscription_pause": {"enabled": False, "duration": {"type": "indefinite", "interval_options": []}},
    "subscription_update": {
        "enabled": False,
        "default_allowed_updates": [],
        "products": None,
        "proration_behavior": "create_prorations",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}

readable("billing_portal/configurations", "billing_portal.configuration", "billing_portal.Configuration")


@route("POST", "billing_portal/configurations", "billing_portal.ConfigurationCreateParams")
def create(store: Store, params: Json) -> Json:
    is_default = not store.all("billing_portal.configuration")
    configuration = store.create(
        "billing_portal.configuration",
        "bpc",
        active=True,
        is_default=is_default,
        name=params.get("name"),
        business_profile=params.get("business_profile") or {},
        default_return_url=params.get("default_return_url"),
        features=_features(params.get("features") or {}),
        login_page={"enabled": False, "url": None},
        metadata=params.get("metadata") or {},
        updated=store.now,
    )
    publish(store, "billing_portal.configuration.created", configuration)
    return configuration


@route("POST", "billing_portal/configurations/<identifier>", "billing_portal.ConfigurationUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    kind = "billing_portal.configuration"
    before, configuration = store.get(kind, identifier), store.get(kind, identifier)
    for name in ("active", "default_return_url", "name", "business_profile"):
        if name in params:
            configuration[name] = params[name]
    for name, wanted in (params.get("features") or {}).items():
        configuration["features"][name] |= wanted
    relabel(configuration, params)
    store.save(configuration | {"updated": store.now})
    publish(store, "billing_portal.configuration.updated", configuration, before)
    return configuration


def _features(wanted: Json) -> Json:
    """What is not asked for is off, once anything is."""
    if not wanted:
        return FEATURES
    off = {name: feature | {"enabled": False} for name, feature in FEATURES.items()}
    return {name: feature | (wanted.get(name) or {}) for name, feature in off.items()}


@route("POST", "billing_portal/sessions", "billing_portal.SessionCreateParams")
def create_session(store: Store, params: Json) -> Json:
    customer = store.get("customer", need(params, "customer"))
    configuration = params.get("configuration") or _default(store)["id"]
    known = store.get("billing_portal.configuration", configuration)
    session = store.create(
        "billing_portal.session",
        "bps",
        customer=customer["id"],
        configuration=configuration,
        flow=_flow(params["flow_data"]) if params.get("flow_data") else None,
        locale=params.get("locale"),
        on_behalf_of=None,
        return_url=params.get("return_url") or known["default_return_url"],
    )
    session["url"] = f"{store.url}/portal/{session['id']}"
    store.save(session)
    return session


def _default(store: Store) -> Json:
    for configuration in store.all("billing_portal.configuration"):
        if configuration["is_default"]:
            return configuration
    return create(store, {})


def _flow(given: Json) -> Json:
    empty = {"subscription_cancel": None, "subscription_update": None, "subscription_update_confirm": None}
    after: Json = {"type": "portal_homepage", "redirect": None, "hosted_confirmation": None}
    return empty | given | {"after_completion": after | (given.get("after_completion") or {})}
