"""The kill test of billing: Stripe's webhooks come twice, late, in any order or never, while what works them off is
killed and Stripe fails."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import stripe as sdk
import time_machine
from django.db import connection, transaction
from django.test import Client

from apps.billing.emulator import Emulator
from apps.billing.models import BillingAccount, Subscription, WebhookEvent
from apps.billing.providers.stripe import gateway
from apps.billing.services.reconcile import events_catch_up
from apps.billing.services.sync import sync_account
from apps.core import clock, scope
from apps.events.models import OutboxEvent
from apps.jobs.models import Task
from tests.background.processes import BEAT, WORKER, Processes
from tests.factories import tenancy as workspaces

DROPPED = 0.15  # the share of events of which no webhook tells
FAILING = (429, 500, 500)  # what Stripe answers now and then
WRITERS, SENDERS = 3, 4
State = WebhookEvent.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the subscriptions."""

    events: int
    deliveries: int
    kills: int
    missed: int  # events that no webhook told of
    wrong: int  # subscriptions that are not as at Stripe
    doubled: int  # effects
    stuck: int  # events that were never worked off
    seconds: float


def run(processes: Processes, emulator: Emulator, *, accounts: int, deliveries: int, kills: int) -> Outcome:
    """Change subscriptions at Stripe while its webhooks come as they like; return what became of them.

    The settings must name the emulator as Stripe.
    """
    began = time.monotonic()
    api = sdk.StripeClient("sk_test_chaos", base_addresses={"api": emulator.url}).v1
    prices = [_price(api, name) for name in ("team", "business")]
    workers = [processes.start(*WORKER) for _two in range(2)]
    processes.start(*BEAT)
    customers = [_subscribed(api, emulator, prices) for _account in range(accounts)]
    known = _note_all(emulator)
    with ThreadPoolExecutor(WRITERS + SENDERS) as threads:
        changes = [
            threads.submit(_change, api, customers[n::WRITERS], prices, deliveries // WRITERS // 2)
            for n in range(WRITERS)
        ]
        sent = [threads.submit(_send, emulator, known, deliveries // SENDERS) for _sender in range(SENDERS)]
        killed = 0
        while killed < kills and not all(each.done() for each in [*changes, *sent]):
            _wait_for_work()
            emulator.fail_next(*random.choices(FAILING, k=5))  # noqa: S311
            processes.kill(workers.pop(0))
            workers.append(processes.start(*WORKER))
            killed += 1
        for each in [*changes, *sent]:
            each.result()
    emulator.faults.clear()
    _settle()
    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=True):
        missed = events_catch_up()
    _settle()
    return Outcome(
        events=len(emulator.events()) - known,
        deliveries=deliveries // SENDERS * SENDERS,
        kills=killed,
        missed=missed,
        wrong=sum(_is_wrong(tenant_id) for tenant_id, _customer in customers),
        doubled=_doubled(),
        stuck=_open_events(),
        seconds=time.monotonic() - began,
    )


def _price(api: Any, plan: str) -> str:
    product = api.products.create({"name": plan})
    price = api.prices.create(
        {
            "product": product.id,
            "currency": "eur",
            "unit_amount": 1200,
            "recurring": {"interval": "month"},
            "metadata": {"plan": plan},
        }
    )
    return str(price.id)


def _subscribed(api: Any, emulator: Emulator, prices: list[str]) -> tuple[UUID, str]:
    """Make a workspace with a subscription; return its id and the customer's."""
    tenant = workspaces.workspace()
    customer = str(api.customers.create({"email": "ada@example.com"}).id)
    with workspaces.scope_of(tenant), transaction.atomic():
        BillingAccount.objects.create(stripe_customer_id=customer)
    _check_out(api, emulator, customer, random.choice(prices))  # noqa: S311
    return tenant.id, customer


def _check_out(api: Any, emulator: Emulator, customer: str, price: str) -> None:
    asked = {"mode": "subscription", "customer": customer, "line_items": [{"price": price, "quantity": 3}]}
    emulator.pay(api.checkout.sessions.create(asked).id)


def _change(api: Any, customers: list[tuple[UUID, str]], prices: list[str], times: int) -> None:
    """Do to random subscriptions what customers do."""
    for _time in range(times):
        _tenant, customer = random.choice(customers)  # noqa: S311
        for subscription in _patiently(lambda c=customer: api.subscriptions.list({"customer": c}).data):
            item = subscription.to_dict()["items"]["data"][0]["id"]
            change: Any = random.choice(  # noqa: S311
                [
                    {"items": [{"id": item, "quantity": random.randint(1, 20)}]},  # noqa: S311
                    {"items": [{"id": item, "price": random.choice(prices)}]},  # noqa: S311
                    {"cancel_at_period_end": True},
                    {"cancel_at_period_end": False},
                ]
            )
            if random.random() < 0.05:  # noqa: S311
                _patiently(lambda s=subscription: api.subscriptions.cancel(s.id))
            else:
                _patiently(lambda s=subscription, c=change: api.subscriptions.update(s.id, c))


def _patiently(call: Callable[[], Any]) -> Any:
    while True:
        try:
            return call()
        except (sdk.RateLimitError, sdk.APIError, sdk.APIConnectionError):
            time.sleep(0.05)


def _note_all(emulator: Emulator) -> int:
    """Bring in what happened so far; return how many events that were."""
    with scope.as_role("platform"), transaction.atomic():
        for tenant_id in BillingAccount.objects.values_list("tenant_id", flat=True):
            sync_account(tenant_id=tenant_id)
        WebhookEvent.objects.bulk_create(
            WebhookEvent(event_id=event["id"], type=event["type"], livemode=False, state=State.DONE)
            for event in emulator.events()
        )
    return len(emulator.events())


def _send(emulator: Emulator, known: int, deliveries: int) -> None:
    """Send webhooks of events that happened lately, some of them often and some never."""
    client, sent = Client(), 0
    try:
        while sent < deliveries:
            lately = emulator.events()[known:][-40:]
            for event in random.choices(lately, k=5) if lately else ():  # noqa: S311
                if hash(event["id"]) % 100 < DROPPED * 100:
                    continue
                body, headers = emulator.webhook(event)
                answer = client.post(
                    "/stripe/webhook/",
                    body,
                    content_type="application/json",
                    headers={"Stripe-Signature": headers["Stripe-Signature"], "Host": "localhost"},
                )
                assert answer.status_code == 200, answer.status_code
                sent += 1
            time.sleep(0.02)
    finally:
        connection.close()


def _wait_for_work() -> None:
    """Wait until a worker has something done, so that the next kill interrupts it."""
    deadline, before = time.monotonic() + 10, _finished()
    while _finished() == before and time.monotonic() < deadline:
        time.sleep(random.uniform(0.05, 0.3))  # noqa: S311


def _finished() -> int:
    with scope.as_role("platform"):
        return WebhookEvent.objects.filter(state=State.DONE).count()


def _settle() -> None:
    """Wait until everything is worked off, or nothing is any more. What waits for its next try need not wait long."""
    left, since = _open_events(), time.monotonic()
    while left and time.monotonic() < since + 60:
        with scope.as_role("platform"), transaction.atomic():
            Task.objects.filter(state=Task.State.QUEUED, run_at__gt=clock.now()).update(run_at=clock.now())
        time.sleep(0.5)
        if (now := _open_events()) != left:
            left, since = now, time.monotonic()


def _open_events() -> int:
    with scope.as_role("platform"):
        return WebhookEvent.objects.exclude(state__in=[State.DONE, State.IGNORED]).count()


def _is_wrong(tenant_id: UUID) -> bool:
    """Tell whether the copies of a workspace's subscriptions differ from what Stripe has."""
    with scope.use(tenant_id=tenant_id):
        account = BillingAccount.objects.get(tenant_id=tenant_id)
        ours = {
            one.stripe_id: (one.status, one.plan, one.quantity, one.cancel_at)
            for one in Subscription.objects.filter(tenant_id=tenant_id)
        }
    found = gateway().get_account(customer_id=str(account.stripe_customer_id)).subscriptions
    theirs = {one.id: (one.status, one.plan, one.quantity, one.cancel_at) for one in found}
    return ours != theirs


def _doubled() -> int:
    """Count what was told twice: a change that does not begin where the one before it ended."""
    with scope.as_role("platform"):
        told = list(
            OutboxEvent.objects.filter(type="billing.subscription.changed")
            .order_by("aggregateid", "id")
            .values_list("aggregateid", "payload")
        )
    return sum(
        (after["former_plan"], after["plan"], after["standing"])
        == (before["former_plan"], before["plan"], before["standing"])
        or after["former_plan"] != before["plan"]
        for (one, before), (other, after) in pairwise(told)
        if one == other
    )
