from datetime import timedelta

import pytest

from apps.core import clock, flags

NEW_CHART = "radar.new_chart"


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare one flag, for this test only."""
    monkeypatch.setattr(flags, "_declared", {})
    in_a_month = clock.now().date() + timedelta(days=30)
    flags.declare(NEW_CHART, "Chart that can be zoomed", owner="Ana", ends_on=in_a_month)
