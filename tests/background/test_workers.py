"""Workers serve their own queues, and leave no task running for ever."""

from uuid import UUID

from apps.core import scope
from apps.jobs.models import Task
from tests.background import tasks, traces
from tests.background.processes import BEAT, Processes, wait_until


def row_of(task_id: UUID) -> Task:
    with scope.as_role("platform"):
        return Task.objects.get(id=task_id)


def ended(task_id: UUID) -> bool:
    return row_of(task_id).state == Task.State.DEAD


def test_bulk_work_waits_for_workers_of_its_own_and_a_limit_holds(impatient: Processes) -> None:
    impatient.start(*BEAT)
    impatient.start("worker", "--queues=critical,default", "--concurrency=3")
    tasks.bulk.enqueue(word="many")
    endless, stubborn = tasks.endless.enqueue(), tasks.stubborn.enqueue()
    tasks.note.enqueue(word="one")

    wait_until(lambda: traces.left("note"))
    assert traces.left("bulk") == []

    impatient.start("worker", "--queues=bulk")
    wait_until(lambda: traces.left("bulk"))
    wait_until(lambda: ended(endless) and ended(stubborn))
    assert "SoftTimeLimitExceeded" in row_of(endless).error
    assert row_of(stubborn).error == "The worker ended during the last try."
