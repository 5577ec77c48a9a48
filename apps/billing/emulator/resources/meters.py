"""Meters and their events."""

from collections.abc import Sequence

from apps.billing.emulator.engine import usage
from apps.billing.emulator.engine.calendar import DAY
from apps.billing.emulator.errors import ApiError, missing
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import listing, readable, route
from apps.billing.emulator.store import Json, Store

WINDOWS = {"hour": 60 * 60, "day": DAY}

readable("billing/meters", "billing.meter", "billing.Meter")


@route("POST", "billing/meters", "billing.MeterCreateParams")
def create(store: Store, params: Json) -> Json:
    if any(
        m["event_name"] == params["event_name"] for m in store.all("billing.meter") if m["status"] == "active"
    ):
        raise ApiError(
            400, f"An active meter has the event name {params['event_name']!r}.", param="event_name"
        )
    by_customer = {"event_payload_key": "stripe_customer_id", "type": "by_id"}
    meter = store.create(
        "billing.meter",
        "mtr",
        display_name=params["display_name"],
        event_name=params["event_name"],
        event_time_window=params.get("event_time_window"),
        default_aggregation=params["default_aggregation"],
        customer_mapping=params.get("customer_mapping") or by_customer,
        value_settings=params.get("value_settings") or {"event_payload_key": "value"},
        status="active",
        status_transitions={"deactivated_at": None},
        updated=store.now,
    )
    publish(store, "billing.meter.created", meter)
    return meter


@route("POST", "billing/meters/<identifier>", "billing.MeterUpdateParams")
def update(store: Store, params: Json, identifier: str) -> Json:
    return _change(store, identifier, "updated", display_name=params["display_name"])


@route("POST", "billing/meters/<identifier>/deactivate", "billing.MeterDeactivateParams")
def deactivate(store: Store, params: Json, identifier: str) -> Json:
    ended = {"deactivated_at": store.now}
    return _change(store, identifier, "deactivated", status="inactive", status_transitions=ended)


@route("POST", "billing/meters/<identifier>/reactivate", "billing.MeterReactivateParams")
def reactivate(store: Store, params: Json, identifier: str) -> Json:
    ended = {"deactivated_at": None}
    return _change(store, identifier, "reactivated", status="active", status_transitions=ended)


def _change(store: Store, identifier: str, what: str, **fields: object) -> Json:
    before = store.get("billing.meter", identifier)
    meter = before | fields | {"updated": store.now}
    store.save(meter)
    publish(store, f"billing.meter.{what}", meter, before)
    return meter


@route("GET", "billing/meters/<identifier>/event_summaries", "billing.MeterListEventSummariesParams")
def summaries(store: Store, params: Json, identifier: str) -> Json:
    """What a customer used, in all or for each hour or day."""
    meter, customer = store.get("billing.meter", identifier), store.get("customer", params.pop("customer"))
    start, end = params.pop("start_time"), params.pop("end_time")
    if start % 60 or end % 60 or start >= end:
        raise ApiError(400, "`start_time` and `end_time` must be whole minutes, in this order.")
    window = params.pop("value_grouping_window", None)
    step = WINDOWS[window] if window else end - start
    found = []
    for begin in range(start, end, step):
        last = min(begin + step, end)
        value = usage.total(store, meter["id"], customer["id"], begin, last)
        if value or not window:
            summary = {"id": f"mtrusg_{begin}", "object": "billing.meter_event_summary", "livemode": False}
            summary |= {"meter": meter["id"], "start_time": begin, "end_time": last}
            found.append(summary | {"aggregated_value": float(value)})
    return listing(found[::-1], params, f"/v1/billing/meters/{identifier}/event_summaries")


@route("POST", "billing/meter_events", "billing.MeterEventCreateParams")
def create_event(store: Store, params: Json) -> Json:
    return usage.record(store, params)


@route("POST", "billing/meter_event_adjustments", "billing.MeterEventAdjustmentCreateParams")
def adjust(store: Store, params: Json) -> Json:
    """Take an event back."""
    identifier = (params.get("cancel") or {}).get("identifier", "")
    for event in store.all("billing.meter_event"):
        if event["identifier"] == identifier:
            store.delete("billing.meter_event", event["id"])
            adjustment = {"object": "billing.meter_event_adjustment", "livemode": False, "status": "complete"}
            return adjustment | params
    raise missing("billing.meter_event", identifier)


def report(store: Store, identifier: str, refused: Sequence[str], why: str) -> Json:
    """Report events as refused after they were taken. Stripe does so by thin events alone."""
    samples = [{"error_message": why, "request": {"identifier": one}} for one in refused]
    kind = {"code": "meter_event_customer_not_found", "error_count": len(refused), "sample_errors": samples}
    data = {
        "developer_message_summary": f"There is 1 invalid event type: {len(refused)} events.",
        "reason": {"error_count": len(refused), "error_types": [kind]},
    }
    meter = store.get("billing.meter", identifier)
    event = publish(store, "billing.meter.error_report_triggered", meter) | {"_data": data}
    store.save(event)
    return event
