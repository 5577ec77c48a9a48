"""Answers carry every field that the SDK's classes declare required, and of the declared types."""

import typing
from decimal import Decimal
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from stripe import StripeObject

from apps.billing.emulator import Emulator
from apps.billing.emulator.shapes import choices, class_of, fields, part_of, whole

SCALARS = {str: str, int: int, float: (int, float), bool: bool}


def complaints(value: Any, place: str, kind: type | None = None) -> list[str]:
    """What is missing or of a wrong type, here and below."""
    if isinstance(value, list):
        return [words for part in value for words in complaints(part, f"{place}[]", kind)]
    if not isinstance(value, dict) or "deleted" in value:
        return []
    kind = class_of(value) or kind
    place = str(value.get("object", place)) if class_of(value) else place
    found, hints = [], fields(kind) if kind else {}
    for name, hint in hints.items():
        if name not in value:
            found += [] if NoneType in choices(hint) else [f"{place}.{name} is missing"]
        elif not fits(value[name], hint):
            found.append(f"{place}.{name} is {value[name]!r}, not {hint}")
    for name, part in value.items():
        found += complaints(part, f"{place}.{name}", part_of(hints.get(name)))
    return found


def fits(value: Any, hint: Any) -> bool:
    kinds = choices(hint)
    if value is None:
        return NoneType in kinds or Any in kinds
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if words and isinstance(value, str):
        return value in words
    if isinstance(value, bool):
        return bool in kinds or Any in kinds or value in words
    for kind in kinds:
        origin = get_origin(kind) or kind
        if kind is Any or isinstance(kind, typing.TypeVar):
            return True
        if origin in SCALARS and isinstance(value, SCALARS[origin]):  # type: ignore[arg-type]
            return True
        if origin is list and isinstance(value, list):
            return True
        if isinstance(value, dict) and (
            origin is dict or (isinstance(origin, type) and issubclass(origin, StripeObject))
        ):
            return True
        if origin is Decimal and isinstance(value, (str, Decimal)):
            return True
    return False


def live_through_everything(emulator: Emulator, api: Any, price: Any, customer: Any) -> None:
    """Make one of each kind of object that the emulator knows."""
    meter = api.billing.meters.create(
        {"display_name": "Checks", "event_name": "checks", "default_aggregation": {"formula": "sum"}}
    )
    buyer = customer()
    payload = {"stripe_customer_id": buyer, "value": "3"}
    api.billing.meter_events.create({"event_name": "checks", "payload": payload})
    metered = price(2, recurring={"interval": "month", "usage_type": "metered", "meter": meter.id})
    coupon = api.coupons.create({"percent_off": 10, "duration": "once"})
    api.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}})
    feature = api.entitlements.features.create({"name": "Export", "lookup_key": "export"})
    team = price()
    api.products.features.create(api.prices.retrieve(team).product, {"entitlement_feature": feature.id})
    items = [{"price": team, "quantity": 3}, {"price": metered}]
    begun = api.subscriptions.create(
        {"customer": buyer, "items": items, "discounts": [{"coupon": coupon.id}]}
    )
    change = {"items": [{"id": begun.items.data[0].id, "quantity": 5}]}
    api.subscriptions.update(begun.id, change)
    api.invoices.create_preview({"subscription": begun.id})
    (payment,) = api.invoice_payments.list({"invoice": begun.latest_invoice}).data
    api.refunds.create({"payment_intent": payment.payment.payment_intent, "amount": 100})
    api.disputes.close(emulator.dispute(api.charges.list({}).data[0].id)["id"])
    api.credit_notes.create({"invoice": begun.latest_invoice, "amount": 100})
    api.setup_intents.create({"customer": buyer, "payment_method": "pm_card_visa", "confirm": True})
    api.billing_portal.sessions.create({"customer": buyer, "return_url": "http://app/"})
    api.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["plan.created"]})
    api.test_helpers.test_clocks.create({"frozen_time": emulator.now})
    api.invoice_items.create({"customer": buyer, "amount": 100, "currency": "eur"})
    session = api.checkout.sessions.create(
        {"mode": "subscription", "line_items": [{"price": price()}], "success_url": "http://app/"}
    )
    emulator.pay(session.id)
    emulator.advance(to=begun.items.data[0].current_period_end + 60)


def test_every_object_is_whole(stripe_emulator: Emulator, api: Any, price: Any, customer: Any) -> None:
    live_through_everything(stripe_emulator, api, price, customer)
    rows = stripe_emulator.store.sql("select distinct kind from objects")
    kinds = {row[0] for row in rows}
    found = [thing for kind in kinds for thing in stripe_emulator.store.all(kind)]

    assert len(kinds) >= 27
    assert sorted({words for thing in found for words in complaints(whole(thing), "")}) == []


def test_an_answer_lacks_nothing_either(api: Any, price: Any, customer: Any) -> None:
    begun = api.subscriptions.create(
        {"customer": customer(), "items": [{"price": price()}], "expand": ["latest_invoice.payments"]}
    )
    assert complaints(begun.to_dict(), "") == []
    preview = api.invoices.create_preview({"subscription": begun.id}).to_dict()
    assert complaints(preview, "") == []
