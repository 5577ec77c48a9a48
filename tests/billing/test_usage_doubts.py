"""Usage of which it is not certain that Stripe counted it: never twice, and what was refused is shown to staff."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.billing.emulator import Emulator
from apps.billing.interface import usage
from apps.billing.models import BillingAccount, UsageEvent, WebhookEvent
from apps.billing.services.usage import usage_replay
from apps.core import clock, scope
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.billing.webhooks import make_due, post_raw


@pytest.fixture(autouse=True)
def meter(api: Any, account: BillingAccount) -> str:
    """Have Stripe count checks."""
    asked = {"display_name": "Checks", "event_name": "checks", "default_aggregation": {"formula": "sum"}}
    return str(api.billing.meters.create(asked).id)


@pytest.fixture
def record(tenant: Tenant, as_tenant: Any) -> Callable[..., None]:
    """Record checks of one and the same minute, and have them sent."""
    minute = (clock.now() - timedelta(hours=1)).replace(second=0, microsecond=0)

    def note(*quantities: int) -> None:
        for quantity in quantities:
            with as_tenant(tenant), transaction.atomic():
                usage().record(
                    tenant_id=tenant.id,
                    meter="checks",
                    quantity=quantity,
                    identifier=f"report-{quantity}",
                    at=minute + timedelta(seconds=quantity),
                )
        make_due()
        run_due_tasks()

    return note


@pytest.fixture
def replay(tenant: Tenant, as_tenant: Any, stripe: Emulator) -> Callable[..., None]:
    """Have what needs a decision sent again, two days later, when Stripe knows the identifiers no more."""

    def again(*, forgotten: bool = True) -> None:
        with as_tenant(tenant), transaction.atomic():
            parked = UsageEvent.objects.filter(state="parked")
            if forgotten:
                parked.update(first_tried_at=clock.now() - timedelta(days=2))
            ids = list(parked.values_list("id", flat=True))
        if forgotten:
            with stripe.lock:
                for event in stripe.store.all("billing.meter_event"):
                    stripe.store.save(event | {"created": event["created"] - 2 * 24 * 60 * 60})
        usage_replay(ids)
        make_due()
        run_due_tasks()

    return again


@pytest.fixture
def counted(api: Any, meter: str, account: BillingAccount) -> Callable[[], int]:
    """Return what Stripe has counted lately."""

    def read() -> int:
        around = {
            "start_time": clock.now() - timedelta(hours=3),
            "end_time": clock.now() + timedelta(hours=1),
        }
        asked = {name: int(moment.replace(second=0).timestamp()) for name, moment in around.items()}
        found = api.billing.meters.event_summaries.list(
            meter, asked | {"customer": account.stripe_customer_id}
        )
        return int(sum(one.aggregated_value for one in found))

    return read


def park(tenant: Tenant, as_tenant: Any, *quantities: int) -> None:
    """Have rows need a decision, as after an outage of a day."""
    with as_tenant(tenant), transaction.atomic():
        UsageEvent.objects.filter(quantity__in=quantities).update(state="parked")


def states(tenant: Tenant, as_tenant: Any) -> dict[int, str]:
    with as_tenant(tenant):
        return dict(UsageEvent.objects.order_by("quantity").values_list("quantity", "state"))


def test_what_was_counted_is_not_sent_again(
    tenant: Tenant, as_tenant: Any, record: Any, replay: Any, counted: Any
) -> None:
    record(2, 5)
    park(tenant, as_tenant, 5)
    replay()

    assert (states(tenant, as_tenant), counted()) == ({2: "sent", 5: "sent"}, 7)


def test_what_was_not_counted_is_sent_again(
    tenant: Tenant, as_tenant: Any, stripe: Emulator, record: Any, replay: Any, counted: Any
) -> None:
    record(2)
    stripe.fail_next(500)
    record(5)
    park(tenant, as_tenant, 5)
    assert counted() == 2
    replay()

    assert (states(tenant, as_tenant), counted()) == ({2: "sent", 5: "sent"}, 7)


def test_of_several_in_a_minute_that_were_all_counted_none_is_sent_again(
    tenant: Tenant, as_tenant: Any, record: Any, replay: Any, counted: Any
) -> None:
    record(2, 5)
    park(tenant, as_tenant, 2, 5)
    replay()

    assert (states(tenant, as_tenant), counted()) == ({2: "sent", 5: "sent"}, 7)


def test_where_the_sum_tells_neither_it_is_left_to_staff_with_a_sentence(
    tenant: Tenant, as_tenant: Any, stripe: Emulator, record: Any, replay: Any, counted: Any
) -> None:
    record(2)
    stripe.fail_next(500)
    record(5)
    park(tenant, as_tenant, 2, 5)
    replay()

    assert (states(tenant, as_tenant), counted()) == ({2: "parked", 5: "parked"}, 2)
    with as_tenant(tenant):
        assert "may be counted already" in UsageEvent.objects.get(quantity=5).error


def test_while_stripe_remembers_it_is_sent_without_asking(
    tenant: Tenant, as_tenant: Any, record: Any, replay: Any, counted: Any
) -> None:
    record(5)
    park(tenant, as_tenant, 5)
    replay(forgotten=False)

    assert (states(tenant, as_tenant), counted()) == ({5: "sent"}, 5)


def test_while_stripe_does_not_answer_nothing_is_sent(
    tenant: Tenant, as_tenant: Any, stripe: Emulator, record: Any, replay: Any
) -> None:
    record(5)
    park(tenant, as_tenant, 5)
    stripe.fail_next(500)
    replay()

    assert states(tenant, as_tenant) == {5: "parked"}


def test_what_stripe_refuses_later_is_shown_to_staff_and_may_be_sent_again_at_once(
    tenant: Tenant,
    as_tenant: Any,
    stripe: Emulator,
    meter: str,
    record: Any,
    replay: Any,
    counted: Any,
) -> None:
    record(2, 5)
    with as_tenant(tenant):
        refused = UsageEvent.objects.get(quantity=5)
    event = stripe.refuse_usage(meter, [f"{refused.id}-1a2b3c4d", "of somebody else"], "No such customer")
    body, headers = stripe.webhook(event, is_thin=True)
    post_raw(body, headers["Stripe-Signature"])
    run_due_tasks()

    assert states(tenant, as_tenant) == {2: "sent", 5: "parked"}
    with as_tenant(tenant):
        assert UsageEvent.objects.get(quantity=5).error == "No such customer"
    with scope.as_role("platform"):
        report = WebhookEvent.objects.get(type="billing.meter.error_report_triggered")
    assert report.state == "parked"
    assert "2 × meter_event_customer_not_found" in report.error

    with stripe.lock:  # it was not counted, and yet its identifier is remembered
        [taken] = [one for one in stripe.store.all("billing.meter_event") if one["_value"] == "5"]
        stripe.store.save(taken | {"_value": "0"})
    assert counted() == 2
    replay(forgotten=False)
    assert (states(tenant, as_tenant), counted()) == ({2: "sent", 5: "sent"}, 7)
