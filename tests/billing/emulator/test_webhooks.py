"""Webhooks that the emulator sends by itself."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from apps.billing.emulator import Emulator, serve

SECRET = "whsec_of_the_endpoint"


class Endpoint:
    """Answers with the next of `answers`, then with 200, and remembers the events that it believed."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.events: list[str] = []
        self.refused: list[str] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET)
                status = endpoint.answers.pop(0) if endpoint.answers else 200
                (endpoint.events if status == 200 else endpoint.refused).append(event.type)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.close()


@pytest.fixture
def client(stripe_emulator: Emulator, endpoint: Endpoint) -> stripe.StripeClient:
    stripe_emulator.register(endpoint.url, SECRET)
    return stripe.StripeClient("sk_test_emulator", base_addresses={"api": stripe_emulator.url})


def customers(client: stripe.StripeClient, *names: str) -> None:
    for name in names:
        client.v1.customers.create({"name": name})


def test_an_event_is_sent_signed_and_no_longer_pending(
    stripe_emulator: Emulator, endpoint: Endpoint, client: stripe.StripeClient
) -> None:
    customers(client, "Ada")
    stripe_emulator.settle()

    assert endpoint.events == ["customer.created"]
    assert client.v1.events.list().data[0].pending_webhooks == 0


def test_an_endpoint_that_fails_is_tried_again_after_a_pause_and_in_the_end_given_up(
    stripe_emulator: Emulator, endpoint: Endpoint, client: stripe.StripeClient
) -> None:
    endpoint.answers = [500, 302, 200, 500, 500, 500, 500]
    customers(client, "Ada")
    stripe_emulator.settle()
    assert (len(endpoint.refused), endpoint.events) == (2, ["customer.created"])

    customers(client, "Bob")
    stripe_emulator.settle()
    assert (len(endpoint.refused), len(endpoint.events)) == (6, 1)


def test_an_endpoint_gets_the_kinds_that_it_wants(
    stripe_emulator: Emulator, endpoint: Endpoint, client: stripe.StripeClient
) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": f"{endpoint.url}products", "enabled_events": ["price.created"]}
    )
    assert str(made.secret).startswith("whsec_")
    client.v1.webhook_endpoints.delete(made.id)
    (known,) = client.v1.webhook_endpoints.list().data
    client.v1.webhook_endpoints.update(known.id, {"enabled_events": ["product.created"]})

    customers(client, "Ada")
    client.v1.products.create({"name": "Team"})
    stripe_emulator.settle()

    assert endpoint.events == ["product.created"]


def test_webhooks_are_dropped_doubled_held_back_and_reordered(
    stripe_emulator: Emulator, endpoint: Endpoint, client: stripe.StripeClient
) -> None:
    stripe_emulator.drop_next()
    stripe_emulator.duplicate_next()
    customers(client, "Ada", "Bob")
    stripe_emulator.settle()
    assert endpoint.events == ["customer.created"] * 2

    endpoint.events.clear()
    stripe_emulator.hold()
    customers(client, "Cy")
    client.v1.products.create({"name": "Team"})
    assert endpoint.events == []
    stripe_emulator.release("reversed")
    stripe_emulator.settle()
    assert endpoint.events == ["product.created", "customer.created"]

    stripe_emulator.resend(stripe_emulator.events()[-1]["id"])
    stripe_emulator.settle()
    assert endpoint.events[-1] == "product.created"


def test_what_waits_to_be_sent_survives_a_restart(tmp_path: Any, endpoint: Endpoint) -> None:
    file = str(tmp_path / "stripe.sqlite3")
    first = serve(file=file)
    first.register(endpoint.url, SECRET)
    first.hold()
    client = stripe.StripeClient("sk_test_emulator", base_addresses={"api": first.url})
    customers(client, "Ada")
    first.close()

    second = serve(file=file)
    try:
        second.settle()
        assert [event["type"] for event in second.events()] == endpoint.events == ["customer.created"]
    finally:
        second.close()


def test_previous_attributes_tell_what_changed(
    stripe_emulator: Emulator, client: stripe.StripeClient
) -> None:
    customer = client.v1.customers.create({"name": "Ada", "metadata": {"team": "a", "kept": "yes"}})
    client.v1.customers.update(customer.id, {"name": "Ada L.", "metadata": {"team": "b"}})

    data = stripe_emulator.events()[-1]["data"]
    assert data["previous_attributes"] == {"name": "Ada", "metadata": {"team": "a"}}
    assert json.loads(stripe_emulator.webhook(stripe_emulator.events()[-1])[0])["data"] == data
