"""10,000 ordered events over 50 aggregates by three writers, while relays and workers are killed: `make chaos`."""

import os
import tempfile
from pathlib import Path

from tests.background import chaos, traces
from tests.background.brokers import OwnValkey
from tests.background.processes import processes
from tests.benchmarks import Report

EVENTS = int(os.environ.get("CHAOS_EVENTS", 10_000))
KILLS = int(os.environ.get("CHAOS_KILLS", 40))


def run(report: Report) -> None:
    """Kill one of two relays and two workers every two seconds."""
    traces.make_tables()
    broker = OwnValkey("chaos")
    broker.start()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "processes.log"
        with processes(broker_url=broker.url, log=log) as running:
            outcome = chaos.run(running, events=EVENTS, walks=50, kills=KILLS, pause=2)
    broker.stop()
    report.tell(
        f"{outcome.events:,} events, two consumers, {outcome.kills} processes killed",
        f"{outcome.seconds:.0f} s",
    )
    for what, count in (
        ("effects lost", outcome.lost),
        ("effects doubled", outcome.doubled),
        ("effects out of order", outcome.misordered),
    ):
        report.must(what, str(count), holds=count == 0, must="0")
