"""What is sold."""

from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

FIELDS = ("name", "description", "active", "statement_descriptor", "tax_code", "unit_label", "url", "images")

readable("products", "product", "Product")


@route("POST", "products", "ProductCreateParams")
def create(store: Store, params: Json) -> Json:
    need(params, "name")
    product = {"id": params["id"]} if "id" in params else {}
    product |= {
        "description": None,
        "active": True,
        "images": [],
        "default_price": None,
        "updated": store.now,
    }
    product |= {name: params[name] for name in FIELDS if name in params}
    product = store.create(
        "product", "prod", **product, type="service", metadata=params.get("metadata") or {}
    )
    publish(store, "product.created", product)
    return product


@route("POST", "products/<identifier>", "ProductUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, product = store.get("product", identifier), store.get("product", identifier)
    product |= {name: params[name] for name in (*FIELDS, "default_price") if name in params}
    relabel(product, params)
    if product != before:
        product["updated"] = store.now
        store.save(product)
        publish(store, "product.updated", product, before)
    return product
