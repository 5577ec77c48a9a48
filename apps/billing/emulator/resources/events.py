"""What has happened: snapshots, and thin events of version 2."""

from apps.billing.emulator.publishing import THIN, thin
from apps.billing.emulator.routing import listing, readable, route
from apps.billing.emulator.store import Json, Store

readable("events", "event", "Event")


@route("GET", "v2/core/events/<identifier>", "v2.core.EventRetrieveParams")
def read_thin(store: Store, params: Json, identifier: str) -> Json:
    event = store.get("event", identifier.removesuffix(THIN))
    return thin(event) | ({"data": event["_data"]} if "_data" in event else {})


@route("GET", "v2/core/events", "v2.core.EventListParams")
def read_all_thin(store: Store, params: Json) -> Json:
    """Those about an object, and of some types, if asked for."""
    found = [thin(event) for event in store.all("event")]
    if about := params.get("object_id"):
        found = [event for event in found if event["related_object"]["id"] == about]
    if types := params.get("types"):
        found = [event for event in found if event["type"] in types]
    page = listing(found, {"limit": params.get("limit", 20)}, "/v2/core/events")
    return {"data": page["data"], "next_page_url": None, "previous_page_url": None}
