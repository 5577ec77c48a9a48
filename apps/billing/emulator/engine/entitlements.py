"""What customers may use, by the features of what they have subscribed to."""

from apps.billing.emulator.publishing import publish
from apps.billing.emulator.store import Json, Store

ENTITLING = ("trialing", "active", "past_due")
SUMMARY = "entitlements.active_entitlement_summary"


def active(store: Store, customer: str) -> list[Json]:
    """The newest feature first."""
    attached = store.all("product_feature")
    if not attached:
        return []
    products = {
        item["price"]["product"]
        for subscription in store.where("subscription", customer=customer)
        if subscription["status"] in ENTITLING
        for item in subscription["items"]["data"]
    }
    names = {one["entitlement_feature"]["id"] for one in attached if one["_product"] in products}
    features = [one for one in store.all("entitlements.feature") if one["id"] in names]
    return [_entitlement(feature, customer) for feature in features]


def _entitlement(feature: Json, customer: str) -> Json:
    return {
        "id": f"ent_{feature['id'].removeprefix('feat_')}{customer.removeprefix('cus_')}",
        "object": "entitlements.active_entitlement",
        "feature": feature["id"],
        "livemode": False,
        "lookup_key": feature["lookup_key"],
    }


def tell(store: Store, customer: str) -> None:
    """Publish what a customer may use now, if that is new."""
    buyer = store.get("customer", customer)
    found = active(store, customer)
    names = [one["id"] for one in found]
    if names == buyer.get("_entitled", []):
        return
    store.save(buyer | {"_entitled": names})
    url = f"/v1/customer/{customer}/entitlements"
    data = {"object": "list", "data": found[:10], "has_more": len(found) > 10, "url": url}
    summary = {"object": SUMMARY, "customer": customer, "livemode": False, "entitlements": data}
    publish(store, f"{SUMMARY}.updated", summary)
