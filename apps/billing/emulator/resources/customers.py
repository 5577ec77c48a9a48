"""Who buys."""

from apps.billing.emulator.engine import subscriptions
from apps.billing.emulator.engine.moments import OVER
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.resources import payment_methods
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
    if method := params.get("payment_method"):
        payment_methods.attach(store, {"customer": customer["id"]}, method)
    return _with_default(store, customer, params)


@route("DELETE", "customers/<identifier>", "CustomerDeleteParams")
def delete(store: Store, params: Json, identifier: str) -> Json:
    """Their subscriptions end at once."""
    customer = store.get("customer", identifier)
    for subscription in store.all("subscription"):
        if subscription["customer"] == identifier and subscription["status"] not in OVER:
            subscriptions.end(store, subscription, "cancellation_requested")
    store.save(customer | {"deleted": True})
    publish(store, "customer.deleted", customer)
    return {"id": identifier, "object": "customer", "deleted": True}


@route("POST", "customers/<identifier>", "CustomerUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, customer = store.get("customer", identifier), store.get("customer", identifier)
    customer |= {name: params[name] for name in FIELDS if name in params}
    relabel(customer, params)
    _with_default(store, customer, params)
    if customer != before:
        store.save(customer)
        publish(store, "customer.updated", customer, before)
    return customer


def _with_default(store: Store, customer: Json, params: Json) -> Json:
    """Set the card that pays invoices. Raises ApiError (400) for somebody else's."""
    settings = params.get("invoice_settings") or {}
    if "default_payment_method" in settings:
        method = settings["default_payment_method"]
        if method and store.get("payment_method", method)["customer"] != customer["id"]:
            raise ApiError(
                400, "The customer does not have a payment method with that ID.", param="invoice_settings"
            )
        customer["invoice_settings"]["default_payment_method"] = method
        store.save(customer)
    return customer
