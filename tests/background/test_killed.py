"""Whatever is killed, each event has its effect once at each consumer, in the order of its aggregate."""

from collections import Counter

from django.db import transaction

from apps.events.interface import publish
from tests.background import chaos, traces
from tests.background.events import Stepped
from tests.background.processes import RELAY, WORKER, Processes, wait_until


def test_a_worker_that_is_killed_while_it_delivers_has_done_nothing_twice(background: Processes) -> None:
    background.start(*RELAY)
    worker = background.start(*WORKER)
    with traces.gate():
        with transaction.atomic():
            publish(Stepped(walk="home", number=1, waits=True))
        wait_until(lambda: traces.waiting_at_gate() == 2)  # both consumers have written, and not committed
        background.kill(worker)
    assert traces.left() == []

    background.start(*WORKER)
    wait_until(lambda: len(traces.left()) >= 2)
    with transaction.atomic():
        publish(Stepped(walk="home", number=2))
    wait_until(lambda: len(traces.left()) >= 4)

    assert Counter((trace.who, trace.number) for trace in traces.left()) == {
        (consumer, number): 1 for consumer in ("first", "second") for number in (1, 2)
    }


def test_nothing_is_lost_doubled_or_misordered(background: Processes) -> None:
    outcome = chaos.run(background, events=400, walks=10, kills=4, pause=0.7)

    assert (outcome.lost, outcome.doubled, outcome.misordered) == (0, 0, 0)
