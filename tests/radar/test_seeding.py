"""Filling a workspace for benchmarks."""

import pytest

from apps.radar import seeding
from apps.radar.filters import SignalFilter
from apps.radar.selectors import signals
from tests.factories import tenancy


@pytest.mark.django_db(transaction=True)
def test_a_workspace_is_filled_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "BATCH", 10)
    with tenancy.scope_of(tenancy.workspace()):
        assert list(seeding.fill(25))[-1] == 25
        assert signals().count() == 25
        assert SignalFilter({"search": "ref25", "attr.region": "APAC"}, queryset=signals()).qs.count() == 1
        assert SignalFilter({"attr.confirmed": "yes"}, queryset=signals()).qs.count() == 2
