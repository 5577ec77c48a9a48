"""Features, the products that have them, and the customers who may use them."""

from apps.billing.emulator.engine.entitlements import active, tell
from apps.billing.emulator.errors import ApiError, missing
from apps.billing.emulator.routing import listing, need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

readable("entitlements/features", "entitlements.feature", "entitlements.Feature")


@route("POST", "entitlements/features", "entitlements.FeatureCreateParams")
def create(store: Store, params: Json) -> Json:
    if any(one["lookup_key"] == params["lookup_key"] for one in store.all("entitlements.feature")):
        raise ApiError(400, "A feature with that lookup key exists.", param="lookup_key")
    fields = {"lookup_key": params["lookup_key"], "name": params["name"], "active": True}
    return store.create("entitlements.feature", "feat", **fields, metadata=params.get("metadata") or {})


@route("POST", "entitlements/features/<identifier>", "entitlements.FeatureUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    feature = store.get("entitlements.feature", identifier)
    feature |= {name: params[name] for name in ("active", "name") if name in params}
    relabel(feature, params)
    store.save(feature)
    return feature


@route("POST", "products/<product>/features", "ProductFeatureCreateParams")
def attach(store: Store, params: Json, product: str) -> Json:
    feature = store.get("entitlements.feature", need(params, "entitlement_feature"))
    owner = store.get("product", product)["id"]
    attached = store.create("product_feature", "prodft", entitlement_feature=feature, _product=owner)
    _tell_all(store)
    return attached


@route("GET", "products/<product>/features", "ProductFeatureListParams")
def read_attached(store: Store, params: Json, product: str) -> Json:
    found = [one for one in store.all("product_feature") if one["_product"] == product]
    return listing(found, params, f"/v1/products/{product}/features")


@route("DELETE", "products/<product>/features/<identifier>", "ProductFeatureDeleteParams")
def detach(store: Store, params: Json, product: str, identifier: str) -> Json:
    deleted = store.delete("product_feature", identifier)
    _tell_all(store)
    return deleted


def _tell_all(store: Store) -> None:
    for customer in store.all("customer"):
        tell(store, customer["id"])


@route("GET", "entitlements/active_entitlements", "entitlements.ActiveEntitlementListParams")
def read_active(store: Store, params: Json) -> Json:
    customer = store.get("customer", params.pop("customer"))["id"]
    return listing(active(store, customer), params, "/v1/entitlements/active_entitlements")


@route("GET", "entitlements/active_entitlements/<identifier>", "entitlements.ActiveEntitlementRetrieveParams")
def read_one(store: Store, params: Json, identifier: str) -> Json:
    for customer in store.all("customer"):
        for entitlement in active(store, customer["id"]):
            if entitlement["id"] == identifier:
                return entitlement
    raise missing("entitlements.active_entitlement", identifier)
