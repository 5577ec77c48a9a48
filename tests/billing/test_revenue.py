"""What comes in a month: whole numbers of the smallest unit, whatever the mix."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.billing.revenue import Contract, contracts, months, recurring
from apps.core import clock, scope
from apps.core.money import major, minor
from apps.tenancy.models import Tenant
from tests.factories import billing
from tests.factories.accounts import person

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
CONTRACT = Contract(currency="EUR", amount=1200, interval="month", paid_from=MAY)

some_contracts = st.lists(
    st.tuples(
        st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(0, 10**12), st.sampled_from(["month", "year"])
    ).map(lambda terms: Contract(currency=terms[0], amount=terms[1], interval=terms[2], paid_from=MAY)),
    max_size=12,
)
# How fast examples are made says how busy the machine is.
any_mix = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class TestRecurring:
    @any_mix
    @given(some_contracts)
    def test_a_year_of_it_is_what_a_year_charges_but_for_one_rounding(self, paid: list[Contract]) -> None:
        for currency, amount in recurring(paid).items():
            charged = sum(
                one.amount * (12 if one.interval == "month" else 1)
                for one in paid
                if one.currency == currency
            )
            assert type(amount) is int
            assert 0 <= charged - 12 * amount < 12

    @any_mix
    @given(some_contracts, some_contracts)
    def test_neither_order_nor_parts_change_it_by_more_than_one_unit(
        self, some: list[Contract], others: list[Contract]
    ) -> None:
        whole = recurring([*some, *others])

        assert recurring([*others, *some]) == whole
        for currency, amount in whole.items():
            parts = recurring(some).get(currency, 0) + recurring(others).get(currency, 0)
            assert amount - parts in (0, 1)

    @any_mix
    @given(some_contracts)
    def test_no_currency_takes_from_another(self, paid: list[Contract]) -> None:
        for currency, amount in recurring(paid).items():
            assert recurring(one for one in paid if one.currency == currency) == {currency: amount}

    @any_mix
    @given(some_contracts)
    def test_writing_it_out_loses_nothing(self, paid: list[Contract]) -> None:
        for currency, amount in recurring(paid).items():
            assert minor(major(amount, currency), currency) == amount

    def test_a_yen_is_whole_and_a_year_is_twelve_months(self) -> None:
        yen = replace(CONTRACT, currency="JPY", amount=12_000, interval="year")

        assert recurring([CONTRACT, CONTRACT, yen]) == {"EUR": 2400, "JPY": 1000}


class TestMonths:
    def test_they_tell_who_came_and_who_went(self) -> None:
        lost = replace(CONTRACT, ended_at=datetime(2026, 10, 9, tzinfo=UTC))
        brief = replace(
            CONTRACT,
            paid_from=datetime(2026, 10, 2, tzinfo=UTC),
            ended_at=datetime(2026, 10, 20, tzinfo=UTC),
        )
        with clock.stopped_at(NOW):
            found = {one.start.month: one for one in months([CONTRACT, lost, brief])}

        assert len(found) == 12
        assert (found[4].recurring, found[4].churn) == ({}, None)
        assert (found[5].recurring, found[5].started, found[5].churn) == ({"EUR": 2400}, 2, None)
        # Who came and went within a month is none of those that it began with.
        assert (found[10].started, found[10].ended, found[10].churn) == (1, 2, 500)
        assert (found[11].recurring, found[11].ended, found[11].churn) == ({"EUR": 1200}, 0, 0)

    def test_of_rows_only_those_count_that_are_paid(self, tenant: Tenant, as_tenant: Any) -> None:
        with as_tenant(tenant), clock.stopped_at(NOW):
            account = billing.account()
            paid = {"unit_amount": 1200, "interval": "month", "is_current": False}
            billing.subscription(account, **paid)
            billing.subscription(account, **paid, status="trialing", trial_end=NOW + timedelta(days=9))
            billing.subscription(account, **paid, status="incomplete")
            billing.subscription(account, **paid, status="unpaid")
            billing.subscription(account, **paid, awaits_first_payment=True)
            billing.subscription(
                account, **paid, status="canceled", trial_end=NOW + timedelta(days=9), ended_at=NOW
            )
        with scope.as_role("platform"), clock.stopped_at(NOW):
            assert months(contracts())[-1].recurring == {"EUR": 3600}


@pytest.fixture
def staff(db: None, signed_in: Any) -> Client:
    with scope.as_role("platform"):
        return signed_in(person(is_staff=True))


def test_staff_see_it_with_a_chart_for_each_currency(
    staff: Client, tenant: Tenant, other_tenant: Tenant, as_tenant: Any
) -> None:
    for where, currency, amount in ((tenant, "eur", 1200), (other_tenant, "jpy", 900)):
        with as_tenant(where):
            account = billing.account()
            billing.subscription(account, currency=currency, unit_amount=amount, interval="month")
    shown = staff.get("/admin/billing/billingaccount/revenue/").content.decode()

    assert "36.00 EUR" in shown
    assert "2,700 JPY" in shown
    assert shown.count('<figure class="chart"') == 2
    assert (
        "/admin/billing/billingaccount/revenue/"
        in staff.get("/admin/billing/billingaccount/").content.decode()
    )


def test_nobody_else_does(tenant: Tenant, member: Any, signed_in: Any) -> None:
    assert signed_in(member("owner")).get("/admin/billing/billingaccount/revenue/").status_code == 404
