"""The radar's part of the demo data."""

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.audit.interface import Filters, audit
from apps.core import clock, scope
from apps.dev.demo import radar, story, telling
from apps.dev.demo.stage import acting
from apps.entitlements.interface import entitlements
from apps.events.models import OutboxEvent
from apps.radar import trends


def test_the_story_fills_eight_weeks(db: None) -> None:
    telling.tell()
    for told in story.WORKSPACES:
        with acting(telling.tenant_of(told), telling.owner_of(told), "owner"):
            weeks = trends.weeks()
            entries = audit().list_entries(filters=Filters(), page_size=200).entries
        moments = [entry.occurred_at for entry in sorted(entries, key=lambda entry: entry.id)]
        assert moments == sorted(moments)
        assert all(week.signals for week in weeks)
        assert sum(week.signals for week in weeks) == len(radar.SIGNALS[told.slug])
        assert len({entry.occurred_at.date() for entry in entries}) > 8


@pytest.mark.parametrize(
    "day", [datetime(2026, 11, 1, 0, 5, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC)]
)
def test_one_workspace_has_used_its_checks_up_and_was_told(db: None, settings: Any, day: datetime) -> None:
    settings.DEFAULT_PLAN = "free"  # as in development
    fabrikam = story.FABRIKAM
    with clock.stopped_at(day):
        telling.tell()
        with acting(telling.tenant_of(fabrikam), telling.owner_of(fabrikam), "owner"):
            percents = {one.name: one.percent for one in entitlements().usage_of(tenant_id=scope.tenant_id())}
            told = OutboxEvent.objects.filter(type="billing.usage.limit_near").order_by("id")
            assert [event.payload["percent"] for event in told] == [80, 100]

    assert (percents["usage.checks"], percents["radar.competitors"]) == (100, 80)
