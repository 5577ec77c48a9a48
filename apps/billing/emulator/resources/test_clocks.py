"""Clocks of their own for some customers."""

from apps.billing.emulator.engine import periods
from apps.billing.emulator.errors import ApiError
from apps.billing.emulator.publishing import publish
from apps.billing.emulator.routing import readable, route
from apps.billing.emulator.store import Json, Store

KIND = "test_helpers.test_clock"

readable("test_helpers/test_clocks", KIND, "test_helpers.TestClock")


@route("POST", "test_helpers/test_clocks", "test_helpers.TestClockCreateParams")
def create(store: Store, params: Json) -> Json:
    clock = store.create(
        KIND,
        "clock",
        frozen_time=params["frozen_time"],
        name=params.get("name"),
        status="ready",
        status_details={},
        deletes_after=store.now + 30 * 24 * 60 * 60,
    )
    store.sql("update objects set clock = id where id = ?", clock["id"])
    publish(store, f"{KIND}.created", clock)
    return clock


@route("POST", "test_helpers/test_clocks/<identifier>/advance", "test_helpers.TestClockAdvanceParams")
def advance(store: Store, params: Json, identifier: str) -> Json:
    """All that falls due is done when this answers."""
    clock = store.get(KIND, identifier)
    if params["frozen_time"] <= clock["frozen_time"]:
        raise ApiError(400, "A test clock can only be advanced.", param="frozen_time")
    publish(store, f"{KIND}.advancing", clock | {"status": "advancing"})
    periods.advance(store, params["frozen_time"])
    clock = store.get(KIND, identifier)
    publish(store, f"{KIND}.ready", clock)
    return clock


@route("DELETE", "test_helpers/test_clocks/<identifier>", "test_helpers.TestClockDeleteParams")
def delete(store: Store, params: Json, identifier: str) -> Json:
    """And everything that lived by it."""
    clock = store.get(KIND, identifier)
    store.sql("delete from objects where clock = ? and kind != 'event'", identifier)
    store.sql("update objects set clock = null where clock = ?", identifier)
    store.clock = None
    publish(store, f"{KIND}.deleted", clock)
    return {"id": identifier, "object": KIND, "deleted": True}
