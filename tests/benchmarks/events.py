"""Events and jobs: what a relay hands on, how soon a handler hears of a commit, and how fair bulk work is."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from apps.core import scope, subscriptions
from apps.events.interface import publish, publish_many
from apps.events.models import SHARDS
from apps.events.relay.outbox import hand_on
from apps.jobs.models import Task
from tests.background import tasks, traces
from tests.background.brokers import OwnValkey
from tests.background.events import Called, Stepped
from tests.background.processes import BEAT, RELAY, WORKER, processes, wait_until
from tests.benchmarks import Report
from tests.factories import tenancy as workspaces

HANDED_ON = int(os.environ.get("BENCH_EVENTS", 50_000))
RATE, SECONDS = 200, 15  # events a second
JOBS = 3000


def run(report: Report) -> None:
    """Measure the relay alone, then whole processes."""
    traces.make_tables()
    _relay(report)
    broker = OwnValkey("bench")
    broker.start()
    try:
        _latency(report, broker.url)
        _fairness(report, broker.url)
    finally:
        broker.stop()


def _relay(report: Report) -> None:
    subscriptions.subscribe(Stepped, "bench.step", lambda event: None)
    with transaction.atomic():
        publish_many(tuple(Stepped(walk=f"walk {n % 50}", number=n) for n in range(HANDED_ON)))
    with scope.activate(scope.Scope(role="platform")):
        began = time.perf_counter()
        while hand_on(shards=range(SHARDS)).events:
            continue
        rate = HANDED_ON / (time.perf_counter() - began)
    subscriptions._subscriptions.pop(Stepped)
    with scope.activate(scope.Scope(role="platform")), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("delete from events_delivery")
        cursor.execute("delete from events_outbox")
    report.must(
        "ordered events that one relay hands on, 500 at a time",
        f"{rate:,.0f}/s",
        holds=rate >= 10_000,
        must=">= 10,000/s",
    )


def _latency(report: Report, broker_url: str) -> None:
    with _running(broker_url, RELAY, WORKER):
        _publish(0)
        wait_until(lambda: traces.left("hear"))
        _publish_steadily(RATE * 2, first=1_000_000)
        committed = _publish_steadily(RATE * SECONDS, first=1)
        wait_until(lambda: len(traces.left("hear")) == 1 + RATE * (SECONDS + 2))
    heard = {trace.number: trace.at.timestamp() for trace in traces.left("hear")}
    waits = sorted(heard[number] - at for number, at in committed.items())
    p50, p99 = (waits[int(len(waits) * share)] * 1000 for share in (0.5, 0.99))
    report.tell(f"from commit to handler at {RATE} events/s, p50", f"{p50:.1f} ms")
    report.must(
        f"from commit to handler at {RATE} events/s, p99", f"{p99:.1f} ms", holds=p99 <= 50, must="<= 50 ms"
    )


def _publish_steadily(count: int, *, first: int) -> dict[int, float]:
    """Publish at the rate; return when each was committed."""
    committed, began = {}, time.monotonic()
    for number in range(first, first + count):
        time.sleep(max(0, began + (number - first) / RATE - time.monotonic()))
        _publish(number)
        committed[number] = time.time()
    return committed


def _publish(number: int) -> None:
    with transaction.atomic():
        publish(Called(call=str(number), number=number))


def _fairness(report: Report, broker_url: str) -> None:
    many, one = workspaces.workspace(), workspaces.workspace()
    with workspaces.scope_of(many), transaction.atomic():
        for _time in range(JOBS):
            tasks.bulk.enqueue(word="many")
    with _running(broker_url, BEAT, WORKER):
        wait_until(lambda: len(traces.left("bulk")) > 20)
        with workspaces.scope_of(one), transaction.atomic():
            tasks.bulk.enqueue(word="one")
        began = time.time()
        wait_until(lambda: any(trace.what == "one" for trace in traces.left("bulk")))
        (waited,) = (trace.at.timestamp() - began for trace in traces.left("bulk") if trace.what == "one")
        done = len(traces.left("bulk"))
        began, before = time.monotonic(), done
        time.sleep(5)
        rate = (len(traces.left("bulk")) - before) / (time.monotonic() - began)
    report.must(
        f"one bulk task behind another workspace's {JOBS - done + 1:,} waits",
        f"{waited:.2f} s",
        holds=waited <= 2,
        must="<= 2 s",
    )
    report.tell("bulk tasks of 20 ms done by two processes", f"{rate:.0f}/s")
    with scope.as_role("platform"), transaction.atomic():
        Task.objects.all().delete()


@contextmanager
def _running(broker_url: str, *commands: Any) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        with processes(broker_url=broker_url, log=Path(folder) / "log") as started:
            for command in commands:
                started.start(*command)
            yield
