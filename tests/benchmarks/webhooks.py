"""Stripe's webhooks, more of them than two cores can take: every one that is accepted is worked off."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import stripe as sdk
from django.db import transaction
from django.test import override_settings

from apps.billing import emulator
from apps.billing.models import BillingAccount, WebhookEvent
from apps.core import scope
from config.embedded.place import free_port
from tests.background import traces
from tests.background.brokers import OwnValkey
from tests.background.processes import BEAT, WORKER, Processes, processes, wait_until
from tests.benchmarks import Report
from tests.factories import tenancy as workspaces

RATE, SECONDS = 1_000, 10
ACCOUNTS, SENDERS = 50, 32
PATIENCE = 10  # seconds until a sender gives up, as Stripe does
Message = tuple[str, bytes, dict[str, str]]


def run(report: Report) -> None:
    """Offer 1,000 webhooks a second for ten seconds, then wait for what was answered with 200."""
    traces.make_tables()
    broker, stripe = OwnValkey("webhooks"), emulator.serve()
    broker.start()
    known = {"STRIPE_SECRET_KEY": "sk_test_bench", "STRIPE_API_BASE": stripe.url}
    with (
        tempfile.TemporaryDirectory() as folder,
        override_settings(**known, STRIPE_WEBHOOK_SECRETS=[stripe.secret]),
        processes(
            broker_url=broker.url,
            log=Path(folder) / "processes.log",
            STRIPE_WEBHOOK_SECRETS=stripe.secret,
            **known,
        ) as running,
    ):
        messages = _messages(stripe)
        port = _serve(running)
        began = time.monotonic()
        accepted = _offer(port, messages)
        took = time.monotonic() - began
        waits = time.monotonic()
        running.start(*BEAT)
        running.start(*WORKER)
        wait_until(lambda: not _open(), seconds=1800)
        worked = time.monotonic() - waits
    stripe.close()
    broker.stop()
    report.tell(f"webhooks answered of {RATE * SECONDS:,} offered in {took:.0f} s", f"{len(accepted):,}")
    report.tell("worked off by one worker of two processes", f"{len(accepted) / worked:.0f}/s")
    lost = len(accepted - _done())
    report.must("accepted, and not worked off", str(lost), holds=bool(accepted) and not lost, must="0")


def _messages(stripe: emulator.Emulator) -> list[Message]:
    """Return signed events that tell of customers' subscriptions, each under an id of its own."""
    api = sdk.StripeClient("sk_test_bench", base_addresses={"api": stripe.url}).v1
    product = api.products.create({"name": "Team"})
    price = api.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 1200,
            "recurring": {"interval": "month"},
            "metadata": {"plan": "team"},
        }
    )
    for _account in range(ACCOUNTS):
        _subscribe(api, stripe, price.id)
    events = [event for event in stripe.events() if event["type"].startswith("customer.subscription")]
    return [
        (identifier, *stripe.webhook(events[number % len(events)] | {"id": identifier}))
        for number in range(RATE * SECONDS)
        for identifier in [f"evt_bench_{number}"]
    ]


def _subscribe(api: Any, stripe: emulator.Emulator, price: str) -> None:
    customer = str(api.customers.create({"email": "ada@example.com"}).id)
    with workspaces.scope_of(workspaces.workspace()), transaction.atomic():
        BillingAccount.objects.create(stripe_customer_id=customer)
    asked = {"mode": "subscription", "customer": customer, "line_items": [{"price": price, "quantity": 3}]}
    stripe.pay(api.checkout.sessions.create(asked).id)


def _serve(running: Processes) -> int:
    """Start the server as the image does, on another port; return the port when it answers."""
    port = free_port(None)
    server = ("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    sized = ("--workers", "2", "--blocking-threads", "8")
    running.run("-m", "granian", *server, *sized, "config.wsgi:application")
    wait_until(lambda: _post(port, (b"{}", {})) == 400)
    return port


def _offer(port: int, messages: list[Message]) -> set[str]:
    """Send each when its time has come, or later if no sender is free; return the ids that were accepted."""
    began = time.monotonic()

    def send(number: int) -> str:
        identifier, body, headers = messages[number]
        time.sleep(max(0, began + number / RATE - time.monotonic()))
        if time.monotonic() > began + SECONDS + PATIENCE:  # nobody took it
            return ""
        return identifier if _post(port, (body, headers)) == 200 else ""

    with ThreadPoolExecutor(SENDERS) as senders:
        return set(senders.map(send, range(len(messages)))) - {""}


def _post(port: int, message: tuple[bytes, dict[str, str]]) -> int:
    body, headers = message
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("POST", "/stripe/webhook/", body, headers | {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()


def _open() -> bool:
    with scope.as_role("platform"):
        return WebhookEvent.objects.filter(state__in=["received", "failed"]).exists()


def _done() -> set[str]:
    with scope.as_role("platform"):
        return set(WebhookEvent.objects.filter(state="done").values_list("event_id", flat=True))
