"""Usage that is measured: events of meters, and what they add up to."""

import time
from decimal import Decimal, InvalidOperation

from apps.billing.emulator.engine.calendar import DAY
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.store import Json, Store

OLDEST, NEWEST = 35 * DAY, 5 * 60  # of events, before and after now
REMEMBERED = DAY  # how long an identifier is


def record(store: Store, params: Json) -> Json:
    """Note an event. Raises ApiError (400) for one that is known, out of time, or of no meter or customer."""
    name = params["event_name"]
    named = (meter for meter in store.all("billing.meter") if meter["event_name"] == name)
    meter = next((meter for meter in named if meter["status"] == "active"), None)
    if meter is None:
        raise ApiError(400, f"No active meter has the event name {name!r}.", param="event_name")
    moment = _moment(store, params.get("timestamp"))
    identifier = params.get("identifier")
    for event in store.where("billing.meter_event", identifier=identifier) if identifier else []:
        if event["created"] > store.now - REMEMBERED:
            raise ApiError(400, f"An event already exists with identifier {identifier}.", param="identifier")
    payload = params["payload"]
    customer = store.get("customer", payload.get(meter["customer_mapping"]["event_payload_key"], ""))
    value = _value(payload.get(meter["value_settings"]["event_payload_key"]), meter)
    event = store.create(
        "billing.meter_event",
        "mtr_event",
        event_name=name,
        payload=payload,
        timestamp=moment,
        identifier=identifier,
        _customer=customer["id"],
        _meter=meter["id"],
        _value=str(value),
    )
    event["identifier"] = identifier or event["id"]
    store.save(event)
    return event


def _moment(store: Store, given: int | None) -> int:
    """A time of the world's clock is taken for the same time of the emulator's, which may be ahead."""
    if given is None:
        return store.now
    if store.clock is None and abs(given - time.time()) < abs(given - store.now):
        given += store.now - int(time.time())
    if given < store.now - OLDEST:
        raise ApiError(400, "The timestamp is more than 35 days in the past.", param="timestamp")
    if given > store.now + NEWEST:
        raise ApiError(400, "The timestamp is more than 5 minutes in the future.", param="timestamp")
    return given


def _value(text: str | None, meter: Json) -> Decimal:
    if meter["default_aggregation"]["formula"] == "count":
        return Decimal(1)
    try:
        value = Decimal(text or "")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ApiError(400, "The payload's value is not a number.", param="payload")
    return value


def total(store: Store, meter: str, customer: str, start: int, end: int) -> Decimal:
    """What a customer used from `start` until before `end`."""
    found = [
        Decimal(event["_value"])
        for event in reversed(store.where("billing.meter_event", _meter=meter, _customer=customer))
        if start <= event["timestamp"] < end
    ]
    if store.get("billing.meter", meter)["default_aggregation"]["formula"] == "last":
        return found[-1] if found else Decimal(0)
    return sum(found, Decimal(0))
