"""What is counted for prices by usage."""

from apps.billing.emulator.routing import readable, route
from apps.billing.emulator.store import Json, Store

readable("billing/meters", "billing.meter", "billing.Meter")


@route("POST", "billing/meters", "billing.MeterCreateParams")
def create(store: Store, params: Json) -> Json:
    return store.create(
        "billing.meter",
        "mtr_test",
        display_name=params["display_name"],
        event_name=params["event_name"],
        event_time_window=params.get("event_time_window"),
        default_aggregation=params["default_aggregation"],
        customer_mapping={"type": "by_id", "event_payload_key": "stripe_customer_id"},
        value_settings={"event_payload_key": "value"},
        status="active",
        status_transitions={"deactivated_at": None},
        updated=store.now,
    )
