"""Invoices, what waits for the next one, and what will be on it."""

from apps.billing.emulator.engine import changes, invoices, periods, subscriptions
from apps.billing.emulator.engine.moments import OVER
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import listing, need, readable, relabel, route
from apps.billing.emulator.store import Json, Store

PREVIEWED = (
    "items",
    "proration_behavior",
    "proration_date",
    "trial_end",
    "cancel_at",
    "cancel_at_period_end",
    "billing_cycle_anchor",
)


@route("POST", "invoices/create_preview", "InvoiceCreatePreviewParams")
def create_preview(store: Store, params: Json) -> Json:
    """The invoice that would follow, by letting it follow and taking all of it back."""
    details = params.get("subscription_details") or {}
    wishes = {name: details[name] for name in PREVIEWED if name in details}
    wishes |= {"discounts": params["discounts"]} if "discounts" in params else {}
    with store.undone() as undo:
        if "subscription" in params:
            invoice = _next(store, store.get("subscription", params["subscription"]), wishes, details)
        else:
            new = wishes | {"customer": need(params, "customer"), "items": need(details, "items")}
            started = subscriptions.start(store, new)
            invoice = store.get("invoice", started["latest_invoice"])
        undo.kept = periods.as_preview(invoice)
    kept: Json = undo.kept
    return kept


def _next(store: Store, subscription: Json, wishes: Json, details: Json) -> Json:
    if subscription["status"] in OVER:
        raise _none()
    if invoice := changes.update(store, subscription, wishes):
        return invoice
    if details.get("cancel_now") or subscription["cancel_at"]:
        invoice = invoices.draft(store, subscription, "subscription_update", [])
        if not invoice["lines"]["data"]:
            raise _none()
        return invoice
    store.now = subscription["items"]["data"][0]["current_period_end"]
    return periods.renew(store, subscription)


def _none() -> ApiError:
    return ApiError(404, "No upcoming invoices for customer", code="invoice_upcoming_none")


@route("POST", "invoices", "InvoiceCreateParams")
def create(store: Store, params: Json) -> Json:
    """A draft of what waits for a customer, or for one of their subscriptions."""
    if "subscription" in params:
        subscription = store.get("subscription", params["subscription"])
        invoice = invoices.draft(store, subscription, "manual", [])
        store.save(subscription)
    else:
        currency = params.get("currency", "usd")
        invoice = invoices.collect(store, need(params, "customer"), currency)
    publish(store, "invoice.created", invoice)
    return invoice


@route("GET", "invoices", "InvoiceListParams")
def read_all(store: Store, params: Json) -> Json:
    found = (
        store.where("invoice", customer=params["customer"]) if "customer" in params else store.all("invoice")
    )
    if about := params.pop("subscription", None):
        found = [thing for thing in found if subscriptions.name_of(thing) == about]
    return listing(found, params, "/v1/invoices")


readable("invoices", "invoice", "Invoice")
readable("invoiceitems", "invoiceitem", "InvoiceItem")
readable("invoice_payments", "invoice_payment", "InvoicePayment")


@route("POST", "invoices/<identifier>", "InvoiceUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    before, invoice = store.get("invoice", identifier), store.get("invoice", identifier)
    relabel(invoice, params)
    invoice |= {name: params[name] for name in ("description", "default_payment_method") if name in params}
    if invoice != before:
        store.save(invoice)
        publish(store, "invoice.updated", invoice, before)
    return invoice


@route("DELETE", "invoices/<identifier>", "InvoiceDeleteParams")
def delete(store: Store, params: Json, identifier: str) -> Json:
    _in(store, identifier, "draft")
    for item in store.where("invoiceitem", invoice=identifier):
        store.save(item | {"invoice": None})
    return store.delete("invoice", identifier)


@route("GET", "invoices/<identifier>/lines", "InvoiceLineItemListParams")
def read_lines(store: Store, params: Json, identifier: str) -> Json:
    found = store.get("invoice", identifier)["lines"]["data"]
    return listing(found, params, f"/v1/invoices/{identifier}/lines")


@route("POST", "invoices/<identifier>/finalize", "InvoiceFinalizeInvoiceParams")
def finalize(store: Store, params: Json, identifier: str) -> Json:
    invoice = _in(store, identifier, "draft")
    invoices.finalize(store, invoice)
    return invoice


@route("POST", "invoices/<identifier>/pay", "InvoicePayParams")
def pay(store: Store, params: Json, identifier: str) -> Json:
    """Charge a card now. Raises ApiError (402) if the bank refuses, and the attempt stays noted."""
    method = params.get("payment_method")
    card = store.get("payment_method", method) if method else None
    return charge(store, identifier, card)


def charge(store: Store, identifier: str, card: Json | None, *, confirmed: bool = False) -> Json:
    """What the hosted page does, too."""
    invoice = store.get("invoice", identifier)
    if invoice["status"] == "paid":
        raise ApiError(400, "Invoice is already paid")
    if invoice["status"] == "draft":
        invoices.finalize(store, invoice)
    if invoice["status"] in ("void",):
        raise ApiError(400, "Invoice is void and cannot be paid.")
    invoice["status"] = "open"  # what was given up can be paid after all
    if refused := invoices.pay(store, invoice, card, confirmed=confirmed, planned=False):
        refused.keeps = refused.status == 402
        raise refused
    subscriptions.after_payment(store, invoice)
    return invoice


@route("POST", "invoices/<identifier>/void", "InvoiceVoidInvoiceParams")
def void(store: Store, params: Json, identifier: str) -> Json:
    return _closed(store, identifier, "void")


@route("POST", "invoices/<identifier>/mark_uncollectible", "InvoiceMarkUncollectibleParams")
def mark_uncollectible(store: Store, params: Json, identifier: str) -> Json:
    return _closed(store, identifier, "uncollectible")


def _closed(store: Store, identifier: str, status: str) -> Json:
    invoice = _in(store, identifier, "open", "uncollectible")
    invoices.close(store, invoice, status)
    subscriptions.after_payment(store, invoice)
    return invoice


def _in(store: Store, identifier: str, *statuses: str) -> Json:
    invoice = store.get("invoice", identifier)
    if invoice["status"] not in statuses:
        message = f"This invoice is {invoice['status']}, and must be {' or '.join(statuses)} for that."
        raise ApiError(400, message, code="invoice_not_editable" if "draft" in statuses else None)
    return invoice


@route("POST", "invoiceitems", "InvoiceItemCreateParams")
def create_item(store: Store, params: Json) -> Json:
    """Something to be paid with the next invoice."""
    amount, currency = need(params, "amount"), need(params, "currency").lower()
    period = params.get("period") or {"start": store.now, "end": store.now}
    common = {"amount": amount, "currency": currency, "description": params.get("description")}
    common |= {"discountable": params.get("discountable", True), "discounts": [], "period": period}
    common |= {
        "metadata": params.get("metadata") or {},
        "quantity": 1,
        "quantity_decimal": "1",
        "pricing": None,
    }
    customer = store.get("customer", need(params, "customer"))["id"]
    line = {"object": "line_item", "livemode": False, "discount_amounts": [], "subtotal": amount, **common}
    item = store.create(
        "invoiceitem",
        "ii",
        **common,
        customer=customer,
        date=store.now,
        invoice=None,
        net_amount=amount,
        proration=False,
        parent=None,
    )
    about = {"invoice_item": item["id"], "proration": False, "subscription": None}
    parent = {
        "type": "invoice_item_details",
        "subscription_item_details": None,
        "invoice_item_details": about,
    }
    item["_line"] = line | {"id": f"il_{item['id'][3:]}", "parent": parent}
    store.save(item)
    publish(store, "invoiceitem.created", item)
    return item
