"""Who buys."""

from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import readable, relabel, route
from apps.billing.emulator.store import Json, Store

FIELDS = ("address", "balance", "description", "email", "name", "phone", "preferred_locales", "tax_exempt")

readable("customers", "customer", "Customer")


@route("POST", "customers", "CustomerCreateParams")
def create(store: Store, params: Json) -> Json:
    customer: Json = {
        "balance": 0,
        "email": None,
        "name": None,
        "preferred_locales": [],
        "tax_exempt": "none",
    }
    customer |= {name: params[name] for name in FIELDS if name in params}
    customer = store.create(
        "customer",
        "cus",
        **customer,
        delinquent=False,
        currency=None,
        metadata=params.get("metadata") or {},
        invoice_settings={"default_payment_method": None, "custom_fields": None, "footer": None},
    )
    publish(store, "customer.created", customer)
    return customer


@route("POST", "customers/<identifier>", "CustomerUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, customer = store.get("customer", identifier), store.get("customer", identifier)
    customer |= {name: params[name] for name in FIELDS if name in params}
    relabel(customer, params)
    if "default_payment_method" in (settings := params.get("invoice_settings") or {}):
        method = settings["default_payment_method"]
        customer["invoice_settings"]["default_payment_method"] = (
            store.get("payment_method", method)["id"] if method else None
        )
    if customer != before:
        store.save(customer)
        publish(store, "customer.updated", customer, before)
    return customer
