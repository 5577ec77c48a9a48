"""Trying again helps with a hiccup, and doesn't make an outage worse."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import format_datetime
from threading import Event

import pytest

from apps.core import clock, outgoing
from apps.core.outgoing import bulkhead, circuit, retrying
from tests.core.outgoing.servers import Script, Server, answering

Serve = Callable[[Script], Server]


def in_turn(*scripts: Script) -> Script:
    left = list(scripts)
    return lambda connection: (left.pop(0) if len(left) > 1 else left[0])(connection)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0.01)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_hiccup_is_tried_again(serve: Serve, status: int) -> None:
    server = serve(in_turn(answering(status), lambda connection: connection.close(), answering()))

    assert outgoing.request("GET", server.url, destination="here", retries=2).status == 200
    assert len(server.asked) == 3


def test_the_last_answer_comes_back(serve: Serve) -> None:
    server = serve(answering(503))

    assert outgoing.request("GET", server.url, destination="here", retries=1).status == 503
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [200, 404, 500])
def test_other_answers_are_final(serve: Serve, status: int) -> None:
    server = serve(answering(status))
    outgoing.request("GET", server.url, destination="here", retries=2)

    assert len(server.asked) == 1


def test_what_may_not_be_repeated_is_not(serve: Serve) -> None:
    server = serve(in_turn(answering(503), answering()))
    with pytest.raises(ValueError, match="Idempotency-Key"):
        outgoing.request("POST", server.url, destination="here", retries=1)

    headers = {"Idempotency-Key": "7"}
    assert outgoing.request("POST", server.url, destination="here", retries=1, headers=headers).status == 200


@pytest.mark.parametrize(
    "asked",
    [lambda: "1", lambda: format_datetime(clock.now().replace(microsecond=0), usegmt=True)],
    ids=["seconds", "date"],
)
def test_a_server_is_given_the_time_it_asks_for(serve: Serve, asked: Callable[[], str]) -> None:
    server = serve(in_turn(answering(503, b"", f"Retry-After: {asked()}"), answering()))
    started = time.monotonic()

    assert outgoing.request("GET", server.url, destination="here", retries=1).status == 200
    assert time.monotonic() - started >= (1 if asked() == "1" else 0)


def test_nothing_is_tried_again_beyond_the_time(serve: Serve) -> None:
    server, started = serve(answering(503, b"", "Retry-After: 60")), time.monotonic()

    assert outgoing.request("GET", server.url, destination="here", retries=3).retry_after == 60
    assert time.monotonic() - started < 1
    assert len(server.asked) == 1


def test_retries_are_a_share_of_all_calls(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0)
    monkeypatch.setattr(circuit, "FAILURES", 10_000)
    server = serve(answering(503))
    for _ in range(100):
        outgoing.request("GET", server.url, destination="here", retries=3)

    # Each of the 100 calls may cause 3 more. Tries pay into the budget too, so the share of all tries is 20 %.
    assert 100 + circuit.MOST < len(server.asked) <= (100 + circuit.MOST) / (1 - circuit.SHARE) + 1


def test_a_slow_destination_has_few_places(serve: Serve) -> None:
    go_on = Event()

    def wait(connection: object) -> None:
        go_on.wait(5)
        answering()(connection)  # type: ignore[arg-type]

    slow, quick = serve(wait), serve(answering())
    with ThreadPoolExecutor(bulkhead.PLACES) as pool:
        calls = [
            pool.submit(outgoing.request, "GET", slow.url, destination="slow") for _ in range(bulkhead.PLACES)
        ]
        while len(slow.asked) < bulkhead.PLACES:
            time.sleep(0.01)
        with pytest.raises(outgoing.Saturated):
            outgoing.request("GET", slow.url, destination="slow")
        assert outgoing.request("GET", quick.url, destination="quick").status == 200
        go_on.set()
        assert all(call.result().status == 200 for call in calls)

    assert outgoing.request("GET", slow.url, destination="slow").status == 200
