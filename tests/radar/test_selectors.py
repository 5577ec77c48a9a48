"""The eight weeks of the overview."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core import clock
from apps.radar import selectors, trends
from apps.radar.models import Signal
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
        weeks = trends.weeks()

    assert [week.signals for week in weeks] == [1, 0, 0, 0, 0, 0, 1, 2]
    assert (weeks[-1].prices, weeks[-1].important) == (1, 2)
    assert (weeks[-2].prices, weeks[-2].important) == (1, 0)


def test_days_are_those_of_the_reader() -> None:
    with clock.stopped_at(NOW):
        add(6.75)  # 18:00 UTC on the day before the week; the next morning in Tokyo
        assert trends.weeks()[-1].signals == 0
        with timezone.override("Asia/Tokyo"):
            assert trends.weeks()[-1].signals == 1


def test_weeks_read_what_their_index_holds_and_nothing_else(query_count: Any) -> None:
    with query_count() as queries:
        trends.weeks()
    (overview,) = (index for index in Signal._meta.indexes if index.name == "radar_signal_overview")
    read = set(re.findall(r'"radar_signal"\."(\w+)"', queries.statements[-1]))
    assert read == {*overview.fields, *overview.include, "deleted_at"}


def test_what_is_deleted_or_of_others_does_not_count(other_tenant: Tenant) -> None:
    from apps.radar.services.signals import signal_delete

    signal_delete(signal_id=radar.signal().id)
    with tenancy.scope_of(other_tenant):
        radar.signal()
    assert sum(week.signals for week in trends.weeks()) == 0


def test_a_competitor_knows_its_newest_signal() -> None:
    competitor = radar.competitor()
    newest = radar.signal(competitor_id=competitor.id, seen_at=NOW - timedelta(days=1))
    radar.signal(competitor_id=competitor.id, seen_at=NOW - timedelta(days=2))

    assert selectors.competitors_with_news().get().last_seen_at == newest.seen_at


def test_the_busiest_competitors_of_four_weeks() -> None:
    acme, contoso = radar.competitor(name="Acme"), radar.competitor(name="Contoso")
    with clock.stopped_at(NOW):
        add(1, competitor_id=acme.id)
        add(29, competitor_id=acme.id)
        add(2, competitor_id=contoso.id, importance=3)
        add(3, competitor_id=contoso.id)
        found = trends.busiest_competitors()
    assert [(one.name, one.signals, one.important) for one in found] == [("Contoso", 2, 1), ("Acme", 1, 0)]


def test_totals_count_what_was_added_since() -> None:
    radar.signal()
    time.sleep(0.005)
    moment = timezone.now()
    radar.signal(importance=3, seen_at=NOW - timedelta(days=900))
    radar.signal()
    assert trends.totals(since=moment) == trends.Totals(competitors=3, new=2, new_important=1)


def test_the_newest_signals_and_price_moves() -> None:
    old = [radar.signal(kind="price", seen_at=NOW - timedelta(days=9 + number)) for number in range(3)]
    new = [radar.signal(seen_at=NOW - timedelta(days=1 + number)) for number in range(3)]
    found = trends.newest(limit=3, price_moves=2)
    assert (found.signals, found.price_moves) == (new, old[:2])
    assert found.price_moves[0].competitor.name
