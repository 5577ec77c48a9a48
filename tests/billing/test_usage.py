"""What workspaces use: counted once, in the month of its use, and held against what their plan includes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from apps.billing.emulator import Emulator
from apps.billing.interface import usage
from apps.billing.metering import count_of, last_months, month_around, present_period, used_per_month
from apps.billing.models import BillingAccount, Subscription, UsageAlert, UsageEvent
from apps.billing.services.usage import usage_sweep
from apps.billing.services.usage_pruning import usage_prune
from apps.core import clock, scope
from apps.entitlements import catalogue
from apps.entitlements.interface import (
    Limit,
    LimitReached,
    PlanFacts,
    Standing,
    WorkspaceIsReadOnly,
    entitlements,
)
from apps.events.models import OutboxEvent
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from config import plans
from tests.billing.webhooks import make_due
from tests.factories import entitlements as decisions

InTenant = Callable[..., AbstractContextManager[scope.Scope]]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def on(tenant: Tenant) -> Callable[..., None]:
    """Put the workspace on a plan: `on("free")`."""

    def put(plan: str, **details: Any) -> None:
        with scope.use(tenant_id=tenant.id):
            entitlements().set_facts(tenant_id=tenant.id, facts=PlanFacts(plan=plan, **details))

    return put


@pytest.fixture
def record(tenant: Tenant, as_tenant: InTenant) -> Callable[..., None]:
    """Record checks: `record(5)`, `record(5, "check-1", at=…)`."""

    def note(quantity: int = 1, identifier: str = "", meter: str = "checks", **details: Any) -> None:
        with as_tenant(tenant), transaction.atomic():
            usage().record(
                tenant_id=tenant.id,
                meter=meter,
                quantity=quantity,
                identifier=identifier or str(uuid4()),
                **details,
            )

    return note


@pytest.fixture
def used(tenant: Tenant, as_tenant: InTenant) -> Callable[[], int]:
    """Return how much counts in the present month."""

    def read() -> int:
        with as_tenant(tenant):
            return entitlements().limit(tenant_id=tenant.id, name="usage.checks").used

    return read


@pytest.fixture
def states(tenant: Tenant, as_tenant: InTenant) -> Callable[[], list[str]]:
    """Return the state of each row, in the order of its use."""

    def read() -> list[str]:
        with as_tenant(tenant):
            return list(UsageEvent.objects.order_by("occurred_at", "id").values_list("state", flat=True))

    return read


def told(tenant: Tenant, as_tenant: InTenant) -> list[int]:
    with as_tenant(tenant):
        events = OutboxEvent.objects.filter(type="billing.usage.limit_near").order_by("id")
        return [event.payload["percent"] for event in events]


def run_all() -> None:
    make_due()
    run_due_tasks()


class TestRecording:
    def test_the_same_is_counted_once(self, record: Any, used: Any) -> None:
        record(5, "report-1")
        record(5, "report-1")
        record(2, "report-2")

        assert used() == 7

    def test_it_stands_and_falls_with_the_callers_transaction(
        self, tenant: Tenant, as_tenant: InTenant, used: Any
    ) -> None:
        with pytest.raises(RuntimeError), as_tenant(tenant), transaction.atomic():
            usage().record(tenant_id=tenant.id, meter="checks", quantity=1, identifier="a")
            raise RuntimeError

        assert used() == 0

    def test_it_needs_a_transaction_a_meter_and_something_used(
        self, tenant: Tenant, as_tenant: InTenant, record: Any
    ) -> None:
        with as_tenant(tenant), pytest.raises(TransactionManagementError):
            usage().record(tenant_id=tenant.id, meter="checks", quantity=1, identifier="a")
        with as_tenant(tenant), transaction.atomic(), pytest.raises(KeyError):
            usage().record(tenant_id=tenant.id, meter="miles", quantity=1, identifier="a")
        with pytest.raises(ValueError, match="at least 1"):
            record(0)
        with pytest.raises(ValueError, match="future"):
            record(at=clock.now() + timedelta(hours=1))

    def test_another_meter_counts_the_same_name_as_its_own(
        self, tenant: Tenant, as_tenant: InTenant, record: Any, used: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        credits_ = plans.AI_CREDITS
        counted = Limit(name=credits_.limit, label=credits_.label, count=count_of(credits_.name))
        monkeypatch.setattr(plans, "METERS", [plans.CHECKS, credits_])
        monkeypatch.setitem(catalogue._limits, credits_.limit, counted)
        record(5, "report-1")
        record(3, "report-1", meter="ai_credits")

        assert used() == 5
        with as_tenant(tenant):
            assert entitlements().limit(tenant_id=tenant.id, name="usage.ai_credits").used == 3

    def test_another_workspace_has_its_own(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant, record: Any
    ) -> None:
        record(5, "report-1")

        with as_tenant(other_tenant), transaction.atomic():
            usage().record(tenant_id=other_tenant.id, meter="checks", quantity=1, identifier="report-1")
            assert entitlements().limit(tenant_id=other_tenant.id, name="usage.checks").used == 1


class TestPeriod:
    def test_without_a_subscription_it_is_the_calendars_month(
        self, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant), clock.stopped_at(NOW):
            period = present_period(tenant.id)

        assert (period.start, period.end) == (
            datetime(2026, 11, 1, tzinfo=UTC),
            datetime(2026, 12, 1, tzinfo=UTC),
        )

    @pytest.mark.parametrize(
        ("paid_from", "paid_until", "start", "end"),
        [
            (datetime(2026, 11, 7, 9, tzinfo=UTC), datetime(2026, 12, 7, 9, tzinfo=UTC), (11, 7), (12, 7)),
            # A month that began on the 31st goes until the 30th, and the next one until the 31st again.
            (datetime(2026, 10, 31, tzinfo=UTC), datetime(2026, 11, 30, tzinfo=UTC), (10, 31), (11, 30)),
            # Of a year that is paid, the month.
            (datetime(2026, 1, 30, tzinfo=UTC), datetime(2027, 1, 30, tzinfo=UTC), (10, 30), (11, 30)),
            # The webhook of the renewal is late.
            (datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 11, 5, tzinfo=UTC), (11, 5), (12, 5)),
        ],
    )
    def test_with_one_it_is_the_month_that_is_paid(
        self, tenant: Tenant, as_tenant: InTenant, paid_from: Any, paid_until: Any, start: Any, end: Any
    ) -> None:
        with as_tenant(tenant), clock.stopped_at(NOW):
            with transaction.atomic():
                subscribe(BillingAccount.objects.create(), paid_from, paid_until)
            period = present_period(tenant.id)

        assert ((period.start.month, period.start.day), (period.end.month, period.end.day)) == (start, end)

    def test_months_leave_no_gap(self) -> None:
        anchor = datetime(2027, 1, 31, 8, tzinfo=UTC)
        month = month_around(anchor, anchor=anchor)
        for _ in range(30):
            following = month_around(month.end, anchor=anchor)
            assert following.start == month.end
            assert month_around(month.end - timedelta(microseconds=1), anchor=anchor) == month
            month = following

    def test_what_is_told_late_counts_in_the_month_of_its_use(self, record: Any, used: Any) -> None:
        with clock.stopped_at(NOW):
            record(4, at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
            record(1, at=datetime(2026, 11, 1, tzinfo=UTC))
            assert used() == 1
        with clock.stopped_at(datetime(2026, 10, 31, 23, 59, 30, tzinfo=UTC)):
            assert used() == 4


class TestLimits:
    def test_a_plan_that_charges_nothing_more_refuses_more(self, on: Any, record: Any, used: Any) -> None:
        on("free")
        record(100)

        with pytest.raises(LimitReached, match="100 of 100"):
            record(1)
        assert used() == 100

    def test_what_was_counted_is_no_more_refused(self, on: Any, record: Any, used: Any) -> None:
        on("free")
        record(100, "report-1")
        record(100, "report-1")

        assert used() == 100

    def test_another_month_has_room_of_its_own(self, on: Any, record: Any) -> None:
        on("free")
        with clock.stopped_at(NOW):
            record(100)
            record(1, at=NOW - timedelta(days=30))
        with clock.stopped_at(NOW + timedelta(days=30)):
            record(100)

    def test_a_plan_that_charges_lets_it_pass(self, on: Any, record: Any, used: Any) -> None:
        on("business")
        record(1_000_000)

        assert used() == 1_000_000

    @pytest.mark.parametrize("plan", ["team", "business"])
    def test_who_may_only_read_uses_nothing(self, on: Any, record: Any, plan: str) -> None:
        on(plan, standing=Standing.READ_ONLY)

        with pytest.raises(WorkspaceIsReadOnly):
            record(1)

    def test_what_staff_set_holds_though_the_plan_charges_for_more(
        self, on: Any, record: Any, tenant: Tenant
    ) -> None:
        on("business")
        decisions.override(tenant, "usage.checks", 50)
        record(50)

        with pytest.raises(LimitReached, match="50 of 50"):
            record(1)

    def test_what_staff_lift_is_lifted_though_the_plan_charges_nothing(
        self, on: Any, record: Any, used: Any, tenant: Tenant
    ) -> None:
        on("free")
        decisions.override(tenant, "usage.checks", None)
        record(101)

        assert used() == 101

    def test_people_are_told_once_at_80_and_at_100_percent(
        self, on: Any, record: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        on("free")
        heard = []
        for quantity in (79, 1, 5, 15):
            record(quantity)
            run_all()
            heard.append(told(tenant, as_tenant))

        assert heard == [[], [80], [80], [80, 100]]
        with as_tenant(tenant):
            assert UsageAlert.objects.count() == 2


class TestSending:
    def test_without_a_customer_nothing_is_sent(self, record: Any, states: Any) -> None:
        record()
        run_all()

        assert states() == ["kept"]

    def test_what_is_too_old_for_stripe_waits_for_staff(
        self, account: BillingAccount, record: Any, states: Any
    ) -> None:
        record(at=clock.now() - timedelta(days=36))
        run_all()

        assert states() == ["parked"]

    def test_what_was_lost_is_looked_for(self, record: Any, states: Any) -> None:
        record()
        with clock.stopped_at(clock.now() + timedelta(minutes=5)):
            assert usage_sweep() == 1


class TestPruning:
    @pytest.fixture
    def by_month(self, tenant: Tenant, as_tenant: InTenant) -> Callable[[], list[int]]:
        """Return what was used in the last twelve months, the present one last."""

        def read() -> list[int]:
            with as_tenant(tenant):
                return used_per_month(tenant_id=tenant.id, months=last_months(NOW, 12)).get("checks", [])

        return read

    def test_what_is_settled_and_old_goes_and_its_sums_stay(
        self, record: Any, states: Any, by_month: Any
    ) -> None:
        with clock.stopped_at(NOW):
            for days_ago, quantity in ((200, 4), (200, 1), (199, 2), (91, 8), (5, 16)):
                record(quantity, at=NOW - timedelta(days=days_ago))
            settle()
            before = by_month()
            for _again in range(2):
                assert usage_prune(older_than=timedelta(days=90)) in (4, 0)

            assert states() == ["kept"]
            assert by_month() == before
            assert sum(before) == 31

    def test_late_usage_joins_the_sum_of_its_day(self, record: Any, states: Any, by_month: Any) -> None:
        with clock.stopped_at(NOW):
            for _again in range(2):
                record(3, at=NOW - timedelta(days=100))
                settle()
                usage_prune(older_than=timedelta(days=90))

            assert (states(), sum(by_month())) == ([], 6)

    def test_what_waits_or_was_not_decided_stays(
        self, record: Any, states: Any, tenant: Any, as_tenant: Any
    ) -> None:
        with clock.stopped_at(NOW):
            for days_ago in (200, 199):
                record(at=NOW - timedelta(days=days_ago))
            with as_tenant(tenant), transaction.atomic():
                UsageEvent.objects.filter(occurred_at__lt=NOW - timedelta(days=199, hours=1)).update(
                    state="parked"
                )
            usage_prune(older_than=timedelta(days=90))

            assert states() == ["parked", "waiting"]

    def test_the_month_that_counts_stays_however_little_is_kept(self, record: Any, states: Any) -> None:
        with clock.stopped_at(NOW):
            record(at=NOW - timedelta(days=34))
            settle()
            usage_prune(older_than=timedelta(days=1))

            assert states() == ["kept"]


def settle() -> None:
    """Have it be that nobody is charged for all that waits."""
    with scope.as_role("platform"), transaction.atomic():
        UsageEvent.objects.update(state="kept")


class TestPage:
    @pytest.fixture
    def page(self, tenant: Tenant, member: Any, signed_in: Any) -> Callable[..., str]:
        owner = signed_in(member("owner"))
        return lambda query="": owner.get(f"/w/{tenant.slug}/billing/meters/{query}").content.decode()

    def test_the_billing_page_leads_to_it(
        self, tenant: Tenant, member: Any, signed_in: Any, stripe: Any
    ) -> None:
        shown = signed_in(member("owner")).get(f"/w/{tenant.slug}/billing/").content.decode()

        assert f'href="/w/{tenant.slug}/billing/meters/"' in shown

    def test_it_tells_each_day_in_a_table_too(self, on: Any, record: Any, page: Any) -> None:
        on("business")
        with clock.stopped_at(NOW):
            record(1_234)
            record(2, at=NOW - timedelta(days=29))
            record(5, at=NOW - timedelta(days=31))
            shown = page()

        assert shown.count('<th scope="row">') == 30
        assert '<th scope="row">21 Nov</th><td>1234</td>' in shown
        assert "1,236 in the last 30 days" in shown

    def test_it_tells_each_month_of_a_year_too(self, tenant: Tenant, record: Any, page: Any) -> None:
        with clock.stopped_at(NOW):
            record(1_234)
            record(5, at=NOW - timedelta(days=31))
            record(7, at=NOW - timedelta(days=300))
            settle()
            usage_prune(older_than=timedelta(days=90))
            shown = page("?by=month")

        assert shown.count('<th scope="row">') == 12
        assert '<th scope="row">Oct 2026</th><td>5</td>' in shown
        assert "1,246 in the last 12 months" in shown

    def test_it_takes_few_queries(
        self, tenant: Tenant, member: Any, signed_in: Any, record: Any, django_assert_max_num_queries: Any
    ) -> None:
        record(3)
        owner = signed_in(member("owner"))
        owner.get(f"/w/{tenant.slug}/billing/meters/")

        with django_assert_max_num_queries(8):  # the one that sets the scope included
            owner.get(f"/w/{tenant.slug}/billing/meters/")

    def test_who_may_not_manage_billing_does_not_see_it(
        self, tenant: Tenant, member: Any, signed_in: Any
    ) -> None:
        assert signed_in(member("member")).get(f"/w/{tenant.slug}/billing/meters/").status_code == 403


class TestCountingAtStripe:
    @pytest.fixture(autouse=True)
    def meter(self, api: Any, account: BillingAccount) -> str:
        """Have Stripe count checks."""
        asked = {"display_name": "Checks", "event_name": "checks", "default_aggregation": {"formula": "sum"}}
        return str(api.billing.meters.create(asked).id)

    @pytest.fixture
    def counted(self, api: Any, meter: str, account: BillingAccount) -> Callable[..., int]:
        """Return what Stripe has of the customer between two moments."""

        def read(start: datetime, end: datetime) -> int:
            asked = {"customer": account.stripe_customer_id} | {
                name: int(moment.replace(second=0).timestamp())
                for name, moment in (("start_time", start), ("end_time", end))
            }
            return int(
                sum(one.aggregated_value for one in api.billing.meters.event_summaries.list(meter, asked))
            )

        return read

    @pytest.fixture
    def lately(self, counted: Any) -> Callable[[], int]:
        return lambda: counted(clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1))

    def send_again(self, tenant: Tenant, as_tenant: InTenant) -> None:
        """Forget that it was sent, as a worker does that dies before it notes so."""
        with as_tenant(tenant), transaction.atomic():
            UsageEvent.objects.update(state="waiting", due_at=clock.now())
        with clock.stopped_at(clock.now() + timedelta(minutes=1)):
            usage_sweep()
        run_all()

    def test_nasty_case_18_usage_that_is_recorded_or_sent_twice_counts_once(
        self, record: Any, states: Any, lately: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        for _ in range(2):
            record(5, "report-1")
        record(2, "report-2")
        run_all()
        assert (states(), lately()) == (["sent", "sent"], 7)

        self.send_again(tenant, as_tenant)
        assert (states(), lately()) == (["sent", "sent"], 7)

    @pytest.mark.parametrize("fault", [500, 429, "lost"])
    def test_nasty_case_18_usage_whose_sending_failed_counts_once(
        self, stripe: Emulator, record: Any, states: Any, lately: Any, fault: Any, tenant: Any, as_tenant: Any
    ) -> None:
        record(5)
        stripe.fail_next(fault)
        run_all()
        assert states() == ["waiting"]

        self.send_again(tenant, as_tenant)
        assert (states(), lately()) == (["sent"], 5)

    def test_nasty_case_18_late_usage_counts_in_the_period_that_it_was_used_in(
        self, record: Any, used: Any, counted: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        ended = (clock.now() - timedelta(hours=6)).replace(minute=0, second=0, microsecond=0)
        with as_tenant(tenant), transaction.atomic():
            account = BillingAccount.objects.get()
            subscribe(account, ended, ended + timedelta(days=30))
        record(4, at=ended - timedelta(minutes=1))
        record(1, at=ended)
        run_all()

        assert used() == 1
        assert counted(ended - timedelta(hours=1), ended) == 4
        assert counted(ended, ended + timedelta(hours=1)) == 1

    def test_what_stripe_may_have_forgotten_is_not_sent_again(
        self, stripe: Emulator, record: Any, states: Any, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        record(5)
        with as_tenant(tenant), transaction.atomic():
            UsageEvent.objects.update(first_tried_at=clock.now() - timedelta(hours=23), tries=9)
        stripe.fail_next(500)
        run_all()

        assert states() == ["parked"]

    def test_what_stripe_refuses_waits_for_staff(
        self, api: Any, meter: str, record: Any, states: Any
    ) -> None:
        api.billing.meters.deactivate(meter)
        record(5)
        run_all()

        assert states() == ["parked"]


def subscribe(account: BillingAccount, start: datetime, end: datetime) -> None:
    Subscription.objects.create(
        account=account,
        stripe_id="sub_1",
        status="active",
        plan="business",
        currency="eur",
        period_start=start,
        period_end=end,
        started_at=start,
        is_current=True,
    )
