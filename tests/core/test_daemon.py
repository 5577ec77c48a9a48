"""A daemon looks once per poll, whatever there is to do."""

import time

import pytest

from apps.core import daemon
from apps.core.daemon import Daemon


def test_it_looks_while_work_never_ends(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "POLL", 0.05)
    looks, deadline = [], time.monotonic() + 30

    def look() -> None:
        looks.append(time.monotonic())
        if len(looks) == 3 or time.monotonic() > deadline:
            busy.stop()

    def work() -> bool:
        time.sleep(0.005)
        return time.monotonic() < deadline

    busy = Daemon(channel="events_outbox", look=look, work=work)
    busy.run()

    assert len(looks) == 3
