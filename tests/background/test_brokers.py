"""The same work on Valkey and on RabbitMQ: the row is the truth, so brokers may repeat, forget, and be away."""

from collections import Counter
from uuid import UUID

import pytest
from django.db import transaction

from apps.core import scope
from apps.events.interface import publish
from apps.jobs.models import Task
from tests.background import tasks, traces
from tests.background.brokers import Broker
from tests.background.events import Stepped
from tests.background.processes import BEAT, RELAY, WORKER, Processes, wait_until


def row_of(task_id: UUID) -> Task:
    with scope.as_role("platform"):
        return Task.objects.get(id=task_id)


def is_in(task_id: UUID, state: str) -> bool:
    return row_of(task_id).state == state


def step(number: int) -> None:
    with transaction.atomic():
        publish(Stepped(walk="home", number=number))


def counts() -> Counter[str]:
    return Counter(trace.who for trace in traces.left())


@pytest.fixture
def running(impatient: Processes) -> Processes:
    for command in (RELAY, BEAT, WORKER):
        impatient.start(*command)
    return impatient


def test_work_is_done_once_and_poison_stops(running: Processes) -> None:
    poison, long, note = tasks.poison.enqueue(), tasks.long.enqueue(seconds=6), tasks.note.enqueue(word="x")
    step(1)

    wait_until(lambda: is_in(note, Task.State.DONE))
    wait_until(lambda: is_in(long, Task.State.DONE))
    wait_until(lambda: is_in(poison, Task.State.DEAD))

    assert counts() == {"poison": 2, "long": 1, "note": 1, "first": 1, "second": 1}
    assert row_of(poison).error == "The worker ended during the last try."


def test_a_killed_workers_task_runs_again_and_what_a_stopped_broker_held_is_done(
    running: Processes, broker: Broker
) -> None:
    worker = running.running[-1]
    with traces.gate():
        held = tasks.held.enqueue()
        wait_until(traces.waiting_at_gate)
        running.kill(worker)
        waiting = tasks.note.enqueue(word="sent and forgotten")
        wait_until(lambda: row_of(waiting).sent_at)
        broker.stop()
    away = tasks.note.enqueue(word="while it was away")
    step(1)
    running.start(*WORKER)
    broker.start()

    for task_id in (held, waiting, away):
        wait_until(lambda task_id=task_id: is_in(task_id, Task.State.DONE))
    wait_until(lambda: counts()["first"] and counts()["second"])

    assert (counts(), row_of(held).attempts) == ({"held": 2, "note": 2, "first": 1, "second": 1}, 2)
    assert all(process.poll() is None for process in running.running), "none ended while the broker was away"
