"""Comparing with Stripe: what no webhook told of is found, reported and put right."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from apps.billing.emulator import Emulator
from apps.billing.models import Drift, ReconcileRun
from apps.billing.providers.base import ProviderUnavailable
from apps.billing.services.reconcile import accounts_reconcile, events_catch_up
from apps.core import clock, scope
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.billing.webhooks import post, states


@pytest.fixture
def drifts(tenant: Tenant, as_tenant: Any) -> Any:
    """Return the differences of every report, the newest first."""

    def read() -> list[Any]:
        with as_tenant(tenant):
            return list(Drift.objects.order_by("-found_at").values_list("differences", flat=True))

    return read


def last_run() -> ReconcileRun:
    with scope.as_role("platform"):
        return ReconcileRun.objects.latest("started_at")


def compare() -> ReconcileRun:
    accounts_reconcile()
    run_due_tasks()
    return last_run()


def later(**passed: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**passed), tick=False)


class TestEvents:
    def test_what_no_webhook_told_of_is_brought_in(self, stripe: Emulator, pay: Any, status_of: Any) -> None:
        subscription = pay()
        post(stripe, stripe.events()[-1])
        run_due_tasks()
        listed = len(stripe.events())

        with later(minutes=10):
            assert events_catch_up() == listed - 1
            run_due_tasks()

        assert status_of(subscription) == "active"
        assert set(states().values()) <= {"done", "ignored"}
        assert (last_run().total, last_run().found) == (listed, listed - 1)

    def test_the_next_look_finds_nothing_twice(self, stripe: Emulator, pay: Any) -> None:
        pay()
        with later(minutes=10):
            events_catch_up()
        with later(minutes=20):
            assert events_catch_up() == 0

    def test_an_event_on_its_way_is_no_missed_one(self, stripe: Emulator, pay: Any) -> None:
        pay()
        assert events_catch_up() == 0

    def test_the_watermark_stays_where_it_is_while_stripe_is_away(self, stripe: Emulator, pay: Any) -> None:
        pay()
        with later(minutes=10):
            stripe.fail_next(500)
            with pytest.raises(ProviderUnavailable):
                events_catch_up()
        with scope.as_role("platform"):
            assert not ReconcileRun.objects.exists()


class TestAccounts:
    def test_a_difference_is_reported_and_put_right(
        self, stripe: Emulator, api: Any, pay: Any, status_of: Any, drifts: Any
    ) -> None:
        subscription = pay()
        compare()
        api.subscriptions.cancel(subscription)

        run = compare()

        assert (run.total, run.checked, run.found) == (1, 1, 1)
        assert run.finished_at
        assert {"what": f"{subscription} status", "ours": "active", "theirs": "canceled"} in drifts()[0]
        assert status_of(subscription) == "canceled"

    def test_where_nothing_differs_nothing_is_reported(self, stripe: Emulator, pay: Any, drifts: Any) -> None:
        pay()
        compare()
        before = len(drifts())

        assert compare().found == 0
        assert len(drifts()) == before

    def test_two_living_subscriptions_are_reported_until_staff_end_one(
        self, stripe: Emulator, api: Any, pay: Any, drifts: Any
    ) -> None:
        pay()
        second = pay()
        compare()
        assert compare().found == 1
        assert drifts()[0] == [{"what": "living subscriptions", "ours": "2", "theirs": "2"}]

        api.subscriptions.cancel(second)
        compare()
        assert compare().found == 0

    def test_a_customer_is_compared_again_when_stripe_answers(self, stripe: Emulator, pay: Any) -> None:
        pay()
        stripe.fail_next(500)
        assert compare().finished_at is None

        with later(minutes=30):
            run_due_tasks()
        assert last_run().finished_at

    def test_old_reports_are_forgotten(self, stripe: Emulator, pay: Any, drifts: Any) -> None:
        pay()
        compare()
        with later(days=91):
            compare()
        assert len(drifts()) == 0
