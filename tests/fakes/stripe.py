"""A server that answers as Stripe does to reads of one account, for the real SDK; and its signed webhooks."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from stripe import WebhookSignature

SECRET = "whsec_current"
NOW = 1_800_000_000
MONTH = 30 * 24 * 3600


@dataclass
class Stripe:
    """What Stripe has. `faults` are statuses that its next answers have instead."""

    url: str = ""
    subscriptions: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    requests: int = 0

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        self.requests += 1
        if self.faults:
            return self.faults.pop(0), {"error": {"type": "api_error", "message": "Planted"}}
        _v1, kind, *identifier = path.strip("/").split("/")
        if kind == "customers":
            return 200, {"id": identifier[0], "object": "customer"}
        rows = {"subscriptions": self.subscriptions, "invoices": self.invoices}[kind]
        if not identifier:
            return 200, {"object": "list", "url": path, "has_more": False, "data": rows}
        found = next((row for row in rows if row["id"] == identifier[0]), None)
        return (200, found) if found else (404, {"error": {"type": "invalid_request_error", "message": "No"}})


@contextmanager
def serving() -> Iterator[Stripe]:
    """Start the server."""
    stripe = Stripe()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, found = stripe.answer(urlsplit(self.path).path)
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stripe.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield stripe
        finally:
            server.shutdown()


def subscription(identifier: str = "sub_1", **details: Any) -> dict[str, Any]:
    """Return a subscription for three seats of the plan Team."""
    item = {
        "id": f"si_{identifier}",
        "object": "subscription_item",
        "quantity": 3,
        "current_period_start": NOW,
        "current_period_end": NOW + MONTH,
        "price": {"id": "price_1", "lookup_key": "team_month", "metadata": {"plan": "team"}},
    }
    return {
        "id": identifier,
        "object": "subscription",
        "customer": "cus_1",
        "status": "active",
        "currency": "eur",
        "collection_method": "charge_automatically",
        "created": NOW,
        "items": {"object": "list", "data": [item]},
    } | details


def invoice(identifier: str = "in_1", **details: Any) -> dict[str, Any]:
    """Return a paid invoice of 36 euros."""
    return {
        "id": identifier,
        "object": "invoice",
        "customer": "cus_1",
        "status": "paid",
        "billing_reason": "subscription_cycle",
        "currency": "eur",
        "total": 3600,
        "amount_paid": 3600,
        "amount_remaining": 0,
        "attempt_count": 1,
        "created": NOW,
        "parent": {"subscription_details": {"subscription": "sub_1"}},
    } | details


def snapshot(identifier: str = "evt_1", **details: Any) -> bytes:
    """Return the body of a snapshot event about the subscription `sub_1`."""
    about = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "incomplete"}
    event = {
        "id": identifier,
        "object": "event",
        "type": "customer.subscription.updated",
        "livemode": False,
        "created": NOW,
        "data": {"object": about},
    }
    return json.dumps(event | details).encode()


def thin(identifier: str = "evt_thin") -> bytes:
    """Return the body of a thin event about the subscription `sub_1`."""
    event = {
        "id": identifier,
        "object": "v2.core.event",
        "type": "v1.customer.subscription.updated",
        "livemode": False,
        "created": "2027-01-15T08:00:00Z",
        "related_object": {"id": "sub_1", "type": "subscription", "url": "/v1/subscriptions/sub_1"},
    }
    return json.dumps(event).encode()


def signed(body: bytes, secret: str = SECRET, age: int = 0) -> str:
    """Return the header that signs a body."""
    return str(
        WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=int(time.time()) - age)
    )
