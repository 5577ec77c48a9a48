"""What a subscription lets a workspace do, at each moment."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.billing.access import DEFAULT, access_of
from apps.billing.models import Subscription
from apps.entitlements.interface import PlanFacts, Standing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
GRACE = timedelta(days=7)
MOMENTS = st.integers(-86_400 * 400, 86_400 * 400).map(lambda seconds: NOW + timedelta(seconds=seconds))
STATUSES = st.sampled_from(
    ["active", "trialing", "past_due", "unpaid", "paused", "incomplete", "incomplete_expired", "canceled"]
)


def team(status: str, **details: object) -> Subscription:
    return Subscription(status=status, plan="team", **details)


def access_at(
    moment: datetime, subscription: Subscription | None, since: datetime | None = None
) -> PlanFacts:
    return access_of(subscription, delinquent_since=since, now=moment, grace=GRACE)


def test_nobody_has_paid() -> None:
    assert access_at(NOW, None) == DEFAULT


@pytest.mark.parametrize("status", ["active", "trialing"])
def test_who_pays_or_tries_has_the_plan(status: str) -> None:
    found = access_at(NOW, team(status))

    assert (found.plan, found.standing, found.until) == ("team", Standing.FULL, None)


@pytest.mark.parametrize("status", ["unpaid", "paused", "incomplete", "incomplete_expired", "canceled"])
def test_who_does_not_has_the_default(status: str) -> None:
    assert access_at(NOW, team(status)) == DEFAULT


def test_12_a_failed_renewal_leaves_everything_until_the_last_second_of_grace() -> None:
    last = access_at(NOW + GRACE - timedelta(seconds=1), team("past_due"), since=NOW)
    after = access_at(NOW + GRACE, team("past_due"), since=NOW)

    assert (last.standing, last.until) == (Standing.GRACE, NOW + GRACE)
    assert (after.plan, after.standing) == ("team", Standing.READ_ONLY)


def test_16_a_cancelled_plan_lasts_until_its_end() -> None:
    cancelled = team("active", cancel_at=NOW)

    assert access_at(NOW - timedelta(seconds=1), cancelled).standing is Standing.FULL
    assert access_at(NOW, cancelled) == DEFAULT


def test_10_a_slow_first_payment_gives_nothing_yet() -> None:
    assert access_at(NOW, team("active", awaits_first_payment=True)) == DEFAULT


def test_20_an_unknown_price_gives_nothing() -> None:
    assert access_at(NOW, Subscription(status="active")) == DEFAULT


@given(status=STATUSES, now=MOMENTS, since=MOMENTS, cancel_at=st.none() | MOMENTS)
def test_access_holds_until_the_moment_that_it_names(
    status: str, now: datetime, since: datetime, cancel_at: datetime | None
) -> None:
    subscription = team(status, cancel_at=cancel_at)
    found = access_at(now, subscription, since)

    if found.until:
        assert found.until > now
        assert access_at(found.until - timedelta(microseconds=1), subscription, since) == found
        assert access_at(found.until, subscription, since) != found
