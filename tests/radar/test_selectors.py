"""The eight weeks of the overview."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.core import clock
from apps.radar import selectors
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("in_tenant")


def add(days_ago: float, **details: object) -> None:
    radar.signal(seen_at=NOW - timedelta(days=days_ago), **details)


def test_weeks_end_today_and_count_by_kind_and_importance() -> None:
    with clock.stopped_at(NOW):
        add(0, kind="price", importance=3)
        add(6, importance=3)
        add(7, kind="price")
        add(55)
        add(56)
        weeks = selectors.weeks()

    assert [week.signals for week in weeks] == [1, 0, 0, 0, 0, 0, 1, 2]
    assert (weeks[-1].prices, weeks[-1].important) == (1, 2)
    assert (weeks[-2].prices, weeks[-2].important) == (1, 0)


def test_days_are_those_of_the_reader() -> None:
    with clock.stopped_at(NOW):
        add(6.75)  # 18:00 UTC on the day before the week; the next morning in Tokyo
        assert selectors.weeks()[-1].signals == 0
        with timezone.override("Asia/Tokyo"):
            assert selectors.weeks()[-1].signals == 1


def test_what_is_deleted_or_of_others_does_not_count(other_tenant: Tenant) -> None:
    from apps.radar.services.signals import signal_delete

    signal_delete(signal_id=radar.signal().id)
    with tenancy.scope_of(other_tenant):
        radar.signal()
    assert sum(week.signals for week in selectors.weeks()) == 0


def test_a_competitor_knows_its_newest_signal() -> None:
    competitor = radar.competitor()
    newest = radar.signal(competitor_id=competitor.id, seen_at=NOW - timedelta(days=1))
    radar.signal(competitor_id=competitor.id, seen_at=NOW - timedelta(days=2))

    assert selectors.competitor(competitor.id).last_seen_at == newest.seen_at  # type: ignore[attr-defined]
