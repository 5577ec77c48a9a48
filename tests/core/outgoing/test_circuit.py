"""A destination that fails is left alone by every process, and tried again by one."""

import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Semaphore

import pytest
from django.core.cache import cache

from apps.core import outgoing
from apps.core.outgoing import circuit
from tests.core.outgoing.servers import Script, Server, answering

ROOT = Path(__file__).resolve().parents[3]

Serve = Callable[[Script], Server]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit, "OPEN_FOR", 0.4)


def call(*, well: bool, destination: str = "there") -> None:
    with circuit.calling(destination, at_most=5) as made:
        made.is_well = well


def fail(times: int) -> None:
    for _ in range(times):
        call(well=False)


def is_open() -> bool:
    try:
        with circuit.calling("there", at_most=5) as made:
            made.is_well = True
    except outgoing.CircuitOpen:
        return True
    return False


def test_it_opens_after_failures_in_a_row() -> None:
    fail(circuit.FAILURES)

    with pytest.raises(outgoing.CircuitOpen) as refused, circuit.calling("there", at_most=5):
        pass
    assert 0 < refused.value.retry_after <= 0.4


def test_a_success_between_failures_keeps_it_closed() -> None:
    fail(circuit.FAILURES - 1)
    call(well=True)
    fail(circuit.FAILURES - 1)

    assert not is_open()


def test_it_is_one_destination_that_is_refused() -> None:
    fail(circuit.FAILURES)

    call(well=True, destination="elsewhere")


def test_a_probe_that_succeeds_closes_it() -> None:
    fail(circuit.FAILURES)
    time.sleep(0.41)
    call(well=True)
    fail(circuit.FAILURES - 1)

    assert not is_open()


def test_a_probe_that_fails_opens_it_again() -> None:
    fail(circuit.FAILURES)
    time.sleep(0.41)
    call(well=False)

    assert is_open()
    time.sleep(0.41)
    assert not is_open()


def test_one_probe_goes_through_at_a_time() -> None:
    fail(circuit.FAILURES)
    time.sleep(0.41)

    refused, keys = Semaphore(0), cache.key_prefix

    def try_it(_: int) -> bool:
        cache.key_prefix = keys  # each thread has a cache of its own
        try:
            with circuit.calling("there", at_most=5):
                return all(refused.acquire(timeout=5) for _ in range(7))
        except outgoing.CircuitOpen:
            refused.release()
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1


def test_a_probe_that_never_reports_gives_its_turn_up(monkeypatch: pytest.MonkeyPatch) -> None:
    fail(circuit.FAILURES)
    time.sleep(0.41)
    lost = circuit.calling("there", at_most=0.3)
    lost.__enter__()

    assert is_open()
    time.sleep(0.31)
    assert not is_open()


def test_a_call_from_before_it_opened_changes_nothing() -> None:
    early = circuit.calling("there", at_most=5)
    made = early.__enter__()
    fail(circuit.FAILURES)
    made.is_well = True
    early.__exit__(None, None, None)

    assert is_open()


def test_what_broke_off_counts_as_failed() -> None:
    for _ in range(circuit.FAILURES):
        with pytest.raises(KeyError), circuit.calling("there", at_most=5) as made:
            raise KeyError(made)

    assert is_open()


def test_other_processes_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit, "OPEN_FOR", 30.0)
    program = f"""
import django; django.setup()
from django.core.cache import cache
from apps.core.outgoing import circuit
cache.key_prefix = {cache.key_prefix!r}
for _ in range(circuit.FAILURES):
    with circuit.calling("there", at_most=5): pass
"""
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)

    assert is_open()


def test_a_server_that_fails_is_not_called_any_more(serve: Serve) -> None:
    server = serve(answering(500))
    for _ in range(circuit.FAILURES):
        outgoing.request("GET", server.url, destination="there")
    with pytest.raises(outgoing.CircuitOpen):
        outgoing.request("GET", server.url, destination="there")

    assert len(server.asked) == circuit.FAILURES


def test_refusals_and_long_answers_are_no_failures(serve: Serve) -> None:
    refusing, talking = serve(answering(404)), serve(answering(200, b"x" * 100))
    for _ in range(circuit.FAILURES):
        outgoing.request("GET", refusing.url, destination="there")
        with pytest.raises(outgoing.AnswerTooLarge):
            outgoing.request("GET", talking.url, destination="there", max_response=10)

    assert not is_open()
