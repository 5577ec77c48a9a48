"""What a workspace may use, and how much: by its plan, what staff decided, and the clock."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError as ValkeyAway

from apps.core import answers, clock, scope
from apps.entitlements.deciding import present
from apps.entitlements.interface import (
    FeatureNotIncluded,
    Interval,
    Kind,
    LimitReached,
    Meter,
    PlanFacts,
    Price,
    Standing,
    WorkspaceIsReadOnly,
    declare_limit,
    entitlements,
)
from apps.entitlements.selectors import version_of
from apps.tenancy.models import Tenant
from tests.bookshop.models import Shelf
from tests.entitlements.conftest import SMALL, count_shelves
from tests.factories import bookshop as books
from tests.factories import entitlements as decisions
from tests.factories import tenancy as workspaces

InTenant = Callable[..., AbstractContextManager[scope.Scope]]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LENDING, SHELVES = "books.lending", "books.shelves"

pytestmark = pytest.mark.usefixtures("bookshop")


def set_facts(tenant: Tenant, plan: str = "large", **details: Any) -> None:
    decisions.facts(tenant, plan=plan, **details)


class TestPlan:
    def test_who_bought_nothing_is_on_the_default_plan(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            assert entitlements().get_facts(tenant_id=tenant.id) == PlanFacts(plan="small")
            assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)
            assert entitlements().limit(tenant_id=tenant.id, name=SHELVES).limit == 2

    def test_a_bought_plan_gives_what_it_includes(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        set_facts(tenant)

        with as_tenant(tenant):
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)
            assert entitlements().limit(tenant_id=tenant.id, name=SHELVES).limit == 10
        with as_tenant(other_tenant):
            assert not entitlements().check(tenant_id=other_tenant.id, feature=LENDING)

    def test_the_reason_names_the_plan_that_helps(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant):
            decision = entitlements().check(tenant_id=tenant.id, feature=LENDING)
            with pytest.raises(FeatureNotIncluded, match="Lending"):
                entitlements().require(tenant_id=tenant.id, feature=LENDING)

        assert decision.reason == "Your plan doesn't include this: Lending. The plan Large does."

    def test_a_plan_that_is_no_longer_sold_by_code_locks_nobody_out(
        self, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        set_facts(tenant, plan="gone")

        with as_tenant(tenant):
            assert entitlements().get_facts(tenant_id=tenant.id).plan == "small"

    def test_while_nothing_is_sold_everybody_is_on_the_default_plan_whatever_they_bought(
        self, tenant: Tenant, as_tenant: InTenant, settings: Any
    ) -> None:
        set_facts(tenant, standing=Standing.READ_ONLY)
        settings.PLANS_ARE_SOLD = False

        with as_tenant(tenant):
            assert entitlements().get_facts(tenant_id=tenant.id) == PlanFacts(plan="small")
            assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)
        settings.PLANS_ARE_SOLD = True
        with as_tenant(tenant):
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)

    def test_while_nothing_is_sold_no_reason_names_a_plan(
        self, tenant: Tenant, as_tenant: InTenant, settings: Any
    ) -> None:
        settings.PLANS_ARE_SOLD = False

        with as_tenant(tenant):
            lending = entitlements().check(tenant_id=tenant.id, feature=LENDING)
            with pytest.raises(LimitReached) as refused, transaction.atomic():
                entitlements().claim(tenant_id=tenant.id, limit=SHELVES, amount=3)
        assert lending.reason == "Your plan doesn't include this: Lending."
        assert str(refused.value) == "Your plan has no room for this. Shelves: 0 of 2."

    def test_what_staff_grant_holds_while_nothing_is_sold(
        self, tenant: Tenant, as_tenant: InTenant, settings: Any
    ) -> None:
        settings.PLANS_ARE_SOLD = False
        decisions.override(tenant, LENDING, 1)

        with as_tenant(tenant):
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)

    def test_an_unknown_feature_is_an_error(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), pytest.raises(KeyError):
            entitlements().check(tenant_id=tenant.id, feature="books.lednign")


class TestTime:
    @pytest.mark.parametrize(
        ("facts", "before", "after"),
        [
            (
                PlanFacts(plan="large", until=NOW, ends_at=NOW),
                ("large", Standing.FULL),
                ("small", Standing.FULL),
            ),
            (
                PlanFacts(plan="large", standing=Standing.GRACE, until=NOW),
                ("large", Standing.GRACE),
                ("large", Standing.READ_ONLY),
            ),
            (
                PlanFacts(plan="large", standing=Standing.GRACE, until=NOW, ends_at=NOW),
                ("large", Standing.GRACE),
                ("small", Standing.FULL),
            ),
            (
                PlanFacts(plan="large", standing=Standing.READ_ONLY, until=NOW, ends_at=NOW),
                ("large", Standing.READ_ONLY),
                ("small", Standing.FULL),
            ),
        ],
    )
    def test_an_end_needs_no_job(
        self, facts: PlanFacts, before: tuple[str, Standing], after: tuple[str, Standing]
    ) -> None:
        last, first = present(facts, NOW - SECOND), present(facts, NOW)

        assert (last.plan, last.standing) == before
        assert (first.plan, first.standing) == after

    @given(
        seconds=st.integers(0, 10**7), more=st.integers(0, 10**7), ends=st.none() | st.integers(0, 2 * 10**7)
    )
    def test_it_makes_no_difference_when_it_was_judged_before(
        self, seconds: int, more: int, ends: int | None
    ) -> None:
        ends_at = NOW + timedelta(seconds=ends) if ends is not None else None
        grace_ends_at = NOW + timedelta(days=7)
        until = min(grace_ends_at, ends_at) if ends_at else grace_ends_at
        facts = PlanFacts(plan="large", standing=Standing.GRACE, until=until, ends_at=ends_at)
        sooner, later = NOW + timedelta(seconds=seconds), NOW + timedelta(seconds=seconds + more)

        assert present(present(facts, sooner), later) == present(facts, later)

    def test_a_kept_answer_ends_in_time(self, tenant: Tenant, as_tenant: InTenant) -> None:
        set_facts(tenant, until=clock.now() + timedelta(hours=1))

        with as_tenant(tenant):
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)
            with clock.stopped_at(clock.now() + timedelta(hours=1)):
                assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)


class TestOverride:
    def test_it_gives_a_feature_until_its_end(self, tenant: Tenant, as_tenant: InTenant) -> None:
        ends_at = clock.now() + timedelta(days=1)
        decisions.override(tenant, LENDING, 1, ends_at=ends_at)

        with as_tenant(tenant):
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)
            with clock.stopped_at(ends_at):
                assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)

    def test_it_takes_one_too(self, tenant: Tenant, as_tenant: InTenant) -> None:
        set_facts(tenant)
        decisions.override(tenant, LENDING, 0)

        with as_tenant(tenant):
            assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)

    @pytest.mark.parametrize("value", [7, None])
    def test_it_raises_a_limit(self, tenant: Tenant, as_tenant: InTenant, value: int | None) -> None:
        decisions.override(tenant, SHELVES, value)

        with as_tenant(tenant):
            assert entitlements().limit(tenant_id=tenant.id, name=SHELVES).limit == value

    def test_the_latest_holds(self, tenant: Tenant, as_tenant: InTenant) -> None:
        for value in (7, 5):
            decisions.override(tenant, SHELVES, value)

        with as_tenant(tenant):
            assert entitlements().limit(tenant_id=tenant.id, name=SHELVES).limit == 5


class TestClaim:
    def test_what_fits_may_be_added(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), transaction.atomic():
            entitlements().claim(tenant_id=tenant.id, limit=SHELVES, amount=2)

    def test_what_does_not_fit_is_refused_with_the_plan_that_helps(
        self, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            books.shelf()
            with pytest.raises(LimitReached) as refused, transaction.atomic():
                entitlements().claim(tenant_id=tenant.id, limit=SHELVES, amount=2)

        assert str(refused.value) == (
            "Your plan has no room for this. Shelves: 1 of 2. In the plan Large it is 10."
        )

    def test_a_smaller_plan_keeps_what_is_there_and_adds_nothing(
        self, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        set_facts(tenant)
        with as_tenant(tenant):
            for _number in range(3):
                books.shelf()
        set_facts(tenant, plan="small")

        with as_tenant(tenant):
            found = entitlements().limit(tenant_id=tenant.id, name=SHELVES)
            assert (found.limit, found.used, found.left, found.percent) == (2, 3, 0, 150)
            with pytest.raises(LimitReached), transaction.atomic():
                entitlements().claim(tenant_id=tenant.id, limit=SHELVES)

    def test_reading_only_adds_nothing(self, tenant: Tenant, as_tenant: InTenant) -> None:
        set_facts(tenant, standing=Standing.READ_ONLY)

        with as_tenant(tenant), pytest.raises(WorkspaceIsReadOnly), transaction.atomic():
            entitlements().claim(tenant_id=tenant.id, limit=SHELVES)

    def test_it_needs_the_transaction_of_what_is_added(self, tenant: Tenant, as_tenant: InTenant) -> None:
        with as_tenant(tenant), pytest.raises(TransactionManagementError):
            entitlements().claim(tenant_id=tenant.id, limit=SHELVES)

    def test_what_is_not_limited_costs_no_query(
        self, tenant: Tenant, as_tenant: InTenant, django_assert_num_queries: Any
    ) -> None:
        with as_tenant(tenant):
            decisions.override(tenant, SHELVES, None)
            answers.changed(version_of(tenant.id))
            entitlements().get_facts(tenant_id=tenant.id)
            with transaction.atomic(), django_assert_num_queries(0):
                entitlements().claim(tenant_id=tenant.id, limit=SHELVES)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("were_claimed", [False, True])
def test_of_two_at_the_last_unit_one_passes(were_claimed: bool) -> None:
    tenant = workspaces.workspace()
    with workspaces.scope_of(tenant):
        books.shelf()
        if were_claimed:
            with transaction.atomic():
                entitlements().claim(tenant_id=tenant.id, limit=SHELVES)
    barrier, outcomes = Barrier(2), []

    def add() -> None:
        try:
            with workspaces.scope_of(tenant), transaction.atomic():
                barrier.wait(timeout=10)
                entitlements().claim(tenant_id=tenant.id, limit=SHELVES)
                Shelf.objects.create(name="One more")
            outcomes.append("added")
        except LimitReached:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=add) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert sorted(outcomes) == ["added", "refused"]
    with workspaces.scope_of(tenant):
        assert count_shelves(tenant.id) == 2


class TestMemory:
    def test_no_query_when_warm(
        self, tenant: Tenant, as_tenant: InTenant, django_assert_num_queries: Any
    ) -> None:
        with as_tenant(tenant):
            entitlements().check(tenant_id=tenant.id, feature=LENDING)
            with django_assert_num_queries(0):
                entitlements().check(tenant_id=tenant.id, feature=LENDING)
                entitlements().get_facts(tenant_id=tenant.id)

    def test_the_database_answers_while_valkey_is_away(
        self, tenant: Tenant, as_tenant: InTenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_args: Any, **_kwargs: Any) -> None:
            raise ValkeyAway

        for name in ("get_many", "get", "add", "set"):
            monkeypatch.setattr(RedisCache, name, away)
        set_facts(tenant)

        with as_tenant(tenant):
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)

    @pytest.mark.django_db(transaction=True)
    def test_what_is_rolled_back_is_not_remembered(self) -> None:
        tenant = workspaces.workspace()
        with workspaces.scope_of(tenant):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                set_facts(tenant)
                assert entitlements().check(tenant_id=tenant.id, feature=LENDING)
                raise ZeroDivisionError
            assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)

    @pytest.mark.django_db(transaction=True)
    def test_a_change_takes_effect_at_once_and_is_warm_again(self, django_assert_num_queries: Any) -> None:
        tenant = workspaces.workspace()
        with workspaces.scope_of(tenant):
            assert not entitlements().check(tenant_id=tenant.id, feature=LENDING)
            set_facts(tenant)
            assert entitlements().check(tenant_id=tenant.id, feature=LENDING)
            with django_assert_num_queries(0):
                assert entitlements().check(tenant_id=tenant.id, feature=LENDING)


class TestExplain:
    def explained(self, tenant: Tenant, name: str) -> str:
        with scope.use(tenant_id=tenant.id):
            (sentences,) = entitlements().explain(tenant_id=tenant.id, names=(name,))
        return " ".join(sentences)

    def test_the_default_plan(self, tenant: Tenant) -> None:
        assert self.explained(tenant, LENDING) == (
            "Lending: no. The plan Small says so. No plan was bought, so the default plan holds."
        )

    def test_a_bought_plan_with_its_price_and_event(self, tenant: Tenant) -> None:
        set_facts(tenant, source="subscription sub_1, price large_month, event evt_1")

        assert self.explained(tenant, SHELVES) == (
            "Shelves: 10 at most. The plan Large says so."
            " Where the plan comes from: subscription sub_1, price large_month, event evt_1."
        )

    def test_while_nothing_is_sold(self, tenant: Tenant, settings: Any) -> None:
        set_facts(tenant, source="subscription sub_1")
        settings.PLANS_ARE_SOLD = False

        assert self.explained(tenant, LENDING) == (
            "Lending: no. The plan Small says so. Payments are switched off, so the default plan holds."
        )

    def test_grace(self, tenant: Tenant) -> None:
        until = clock.now() + timedelta(days=3)
        set_facts(tenant, standing=Standing.GRACE, until=until)

        assert "A payment is missing" in self.explained(tenant, LENDING)

    def test_a_limit_beyond_which_more_is_charged(self, tenant: Tenant, sold: Callable[..., None]) -> None:
        declare_limit("usage.loans", "Loans", count=lambda _tenant_id: 5)
        price = Price(
            lookup_key="loans", interval=Interval.MONTH, amounts={"EUR": 1}, kind=Kind.METERED, meter="loans"
        )
        sold(
            replace(SMALL, limits={"usage.loans": 5}, prices=(price,)),
            meters=(Meter(name="loans", label="Loans"),),
        )

        assert self.explained(tenant, "usage.loans").startswith("Loans: 5, and more is charged.")
        decisions.override(tenant, "usage.loans", 6)
        assert self.explained(tenant, "usage.loans").startswith("Loans: 6 at most.")

    def test_an_override_with_its_reason(self, tenant: Tenant) -> None:
        decisions.override(tenant, SHELVES, None)

        found = self.explained(tenant, SHELVES)
        assert found.startswith("Shelves: without a limit. An override by staff says so, until")
        assert "A pilot" in found

    def test_a_plan_that_has_ended(self, tenant: Tenant) -> None:
        set_facts(tenant, until=clock.now())

        assert "The plan large has ended" in self.explained(tenant, LENDING)


def test_usage_is_what_is_counted(tenant: Tenant, as_tenant: InTenant) -> None:
    with as_tenant(tenant):
        books.shelf()
        (usage,) = entitlements().usage_of(tenant_id=tenant.id)

    assert (usage.label, usage.used, usage.limit, usage.left, usage.percent) == ("Shelves", 1, 2, 1, 50)
