"""The radar's part of the demo data."""

from apps.audit.interface import Filters, audit
from apps.dev.demo import radar, story, telling
from apps.dev.demo.stage import acting
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
