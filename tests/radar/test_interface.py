"""What other modules may ask: one suite for every implementation."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.core import clock
from apps.core.errors import Invalid
from apps.radar.interface import CompetitorNotFound, Radar
from apps.radar.local import LocalRadar
from tests.factories import radar as rows

pytestmark = pytest.mark.usefixtures("in_tenant")


@pytest.fixture(params=[LocalRadar])
def radar(request: pytest.FixtureRequest) -> Radar:
    return request.param()  # type: ignore[no-any-return]


def test_a_competitor(radar: Radar) -> None:
    row = rows.competitor(name="Acme")
    assert radar.get_competitor(competitor_id=row.id).name == "Acme"
    with pytest.raises(CompetitorNotFound):
        radar.get_competitor(competitor_id=uuid4())


def test_a_signal_is_added_and_listed(radar: Radar) -> None:
    competitor = rows.competitor()
    old = radar.add_signal(
        competitor_id=competitor.id, title="Old", kind="press", seen_at=clock.now() - timedelta(days=9)
    )
    new = radar.add_signal(competitor_id=competitor.id, title="New", kind="price", importance=3)

    long_ago, lately = clock.now() - timedelta(days=30), clock.now() - timedelta(days=7)
    assert radar.list_signals(since=long_ago) == (new, old)
    assert radar.list_signals(since=lately) == (new,)
    assert radar.list_signals(since=long_ago, limit=1) == (new,)


def test_a_fault_names_its_field(radar: Radar) -> None:
    with pytest.raises(Invalid) as caught:
        radar.add_signal(competitor_id=uuid4(), title="A", kind="press")
    assert list(caught.value.fields) == ["competitor"]
