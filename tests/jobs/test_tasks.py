"""From enqueue to the outcome: in the scope of who asked, tried again, given up, and never twice at once."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import OperationalError, connection, transaction

from apps.core import clock, scope
from apps.core.ids import new_id
from apps.jobs import beat, claims, declarations, queueing, running
from apps.jobs.declarations import BULK, Task, Transient
from apps.jobs.erasure import erase
from apps.jobs.models import ScheduledRun, Turn
from apps.jobs.models import Task as Row
from apps.jobs.upkeep import discard, prune, replay, run_due_tasks
from apps.tenancy.models import Tenant
from tests.bookshop.models import Shelf

Declare = Callable[..., Task]
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _platform_only(db: None) -> None:
    """Tasks are kept in the database."""


def row_of(task_id: UUID) -> Row:
    with scope.as_role("platform"):
        return Row.objects.get(id=task_id)


def later(**passed: float) -> Any:
    return time_machine.travel(clock.now() + timedelta(**passed), tick=False)


class TestEnqueue:
    def test_it_runs_in_the_scope_of_who_asked(
        self, tenant: Tenant, as_tenant: Any, declare: Declare
    ) -> None:
        seen = []

        def note(word: str, thing: UUID, day: Any = None) -> None:
            seen.append((word, thing, scope.current(), current_role()))

        task, thing, before = declare(note), new_id(), scope.current()
        with (
            as_tenant(tenant),
            scope.use(request_id="r-12345678", trace=TRACE, permissions=frozenset({"a.b"})),
        ):
            task.enqueue(word="hello", thing=thing)

        assert run_due_tasks() == 1
        assert scope.current() == before
        ((word, got, there, role),) = seen
        assert (word, got, role) == ("hello", str(thing), "tenon_app") or got == thing
        assert (there.tenant_id, there.cell, there.request_id) == (tenant.id, "pool", "r-12345678")
        assert (there.permissions, there.trace) == ({"a.b"}, TRACE)

    def test_it_falls_with_its_transaction(self, tenant: Tenant, as_tenant: Any, declare: Declare) -> None:
        seen: list[int] = []
        task = declare(lambda: seen.append(1))
        with as_tenant(tenant), pytest.raises(RuntimeError):
            with transaction.atomic():
                task.enqueue()
                raise RuntimeError

        assert run_due_tasks() == 0
        assert seen == []

    def test_it_waits_for_its_time(self, declare: Declare) -> None:
        seen: list[int] = []
        task = declare(lambda: seen.append(1))
        task.enqueue(run_at=clock.now() + timedelta(days=40))

        assert run_due_tasks() == 0
        with later(days=41):
            assert run_due_tasks() == 1

    def test_the_same_word_waits_once(self, declare: Declare) -> None:
        seen: list[int] = []
        task = declare(lambda: seen.append(1))
        for _time in range(3):
            task.enqueue(unique="once")

        assert run_due_tasks() == 1
        task.enqueue(unique="once")
        assert run_due_tasks() == 1

    def test_one_that_began_makes_room_for_another_and_may_still_come_back(self, declare: Declare) -> None:
        def fail() -> None:
            if len(tries) < 2:
                tries.append(task.enqueue(unique="once"))  # while this one runs
            raise Transient

        tries: list[UUID] = []
        task = declare(fail, attempts=2)
        first = task.enqueue(unique="once")
        run_due_tasks()
        with later(hours=1):
            run_due_tasks()
        assert {row_of(task_id).state for task_id in [first, *tries]} <= {"dead", "queued"}

        with scope.as_role("platform"):
            lost = claims.claim(task.enqueue(unique="lost"))
            assert lost
            task.enqueue(unique="lost")
        with later(hours=2), scope.as_role("platform"):
            assert beat.take_back_lost() == 1
        dead = [task_id for task_id in [first, *tries] if row_of(task_id).state == "dead"]
        task.enqueue(unique="once")
        assert replay(dead) == len(dead) > 0

    def test_of_what_the_broker_forgot_a_few_bulk_messages_are_sent_again(self, declare: Declare) -> None:
        task = declare(lambda: None, queue=BULK)
        for _time in range(queueing.FEW + 5):
            task.enqueue()
        with scope.as_role("platform"), transaction.atomic():
            Row.objects.update(sent_at=clock.now() - timedelta(minutes=1))
        with scope.as_role("platform"):
            queueing.find_lost()
            assert Row.objects.filter(sent_at=None).count() == queueing.FEW

    def test_another_tenants_tasks_are_not_seen(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: Any, declare: Declare
    ) -> None:
        task = declare(lambda: None)
        with as_tenant(other_tenant):
            task.enqueue()
        with as_tenant(tenant):
            assert not Row.objects.exists()


class TestFailure:
    def test_an_error_of_the_database_that_is_still_there_is_noted(self, declare: Declare) -> None:
        def lock_up() -> None:
            raise OperationalError("deadlock detected")

        task_id = declare(lock_up).enqueue()
        run_due_tasks()
        assert "OperationalError" in row_of(task_id).error

    def test_what_passes_is_tried_again_later(self, declare: Declare) -> None:
        outcomes: Iterator[Exception | None] = iter([Transient(), ConnectionError(), None])

        def fail() -> None:
            if error := next(outcomes):
                raise error

        task_id = declare(fail).enqueue()
        assert run_due_tasks() == 1
        assert run_due_tasks() == 0
        for hours in (1, 2):
            with later(hours=hours):
                run_due_tasks()

        assert (row_of(task_id).state, row_of(task_id).attempts) == (Row.State.DONE, 3)

    def test_what_failed_together_does_not_come_back_together(self) -> None:
        waits = {running.wait_after(3) for _time in range(20)}
        assert len(waits) > 1
        assert timedelta(seconds=4) <= min(waits) <= max(waits) <= timedelta(seconds=8)
        assert running.wait_after(50) <= running.LONGEST_WAIT

    def test_a_defect_has_three_tries_and_then_waits_for_staff(self, declare: Declare) -> None:
        def fail() -> None:
            raise ValueError("password hunter2")

        task_id = declare(fail).enqueue()
        for hours in range(5):
            with later(hours=hours):
                run_due_tasks()

        row = row_of(task_id)
        assert (row.state, row.attempts) == (Row.State.DEAD, running.UNEXPECTED_ATTEMPTS)
        assert row.error.startswith("builtins.ValueError in test_tasks.py:")

    def test_staff_replay_or_discard_it(self, declare: Declare) -> None:
        outcomes = iter([ValueError(), None])

        def fail() -> None:
            if error := next(outcomes):
                raise error

        first = declare(fail, attempts=1).enqueue()
        run_due_tasks()
        assert replay([first]) == 1
        run_due_tasks()
        assert row_of(first).state == Row.State.DONE
        assert discard([first]) == replay([first]) == 0

    @pytest.mark.parametrize(
        ("changes", "says"),
        [
            ({"name": "gone.task"}, "No module declares this task any more."),
            ({"arguments": {"unknown": 1}}, "The task no longer takes these arguments."),
            ({"tenant_id": new_id()}, "The tenant no longer exists."),
        ],
    )
    def test_what_can_never_work_is_dead_at_once(
        self, declare: Declare, changes: dict[str, Any], says: str
    ) -> None:
        task_id = declare(lambda: None).enqueue()
        with scope.as_role("platform"), transaction.atomic():
            Row.objects.filter(id=task_id).update(**changes)
        run_due_tasks()
        assert (row_of(task_id).state, row_of(task_id).error) == (Row.State.DEAD, says)

    def test_an_atomic_tasks_effect_and_mark_stand_or_fall_together(
        self, tenant: Tenant, as_tenant: Any, declare: Declare
    ) -> None:
        def half() -> None:
            Shelf.objects.create(name="Half")
            raise ValueError

        with as_tenant(tenant):
            declare(half, is_atomic=True, attempts=1).enqueue()
        run_due_tasks()
        with as_tenant(tenant):
            assert not Shelf.objects.exists()


class TestLease:
    def test_a_message_for_a_running_or_ended_task_does_nothing(self, declare: Declare) -> None:
        seen: list[int] = []
        task_id = declare(lambda: seen.append(1)).enqueue()
        with scope.as_role("platform"):
            assert claims.claim(task_id)
        assert not running.run(task_id=task_id)
        assert seen == []

    def test_a_dead_workers_task_runs_again_until_its_tries_are_used(self, declare: Declare) -> None:
        task_id = declare(lambda: None, attempts=2).enqueue()
        for hours in range(1, 4):
            with later(hours=hours), scope.as_role("platform"):
                claimed = claims.claim(task_id)
                assert claimed or hours == 3
                assert beat.take_back_lost() == 0
            if hours < 3:
                with later(hours=hours, minutes=10), scope.as_role("platform"):
                    assert beat.take_back_lost() == 1
            if hours == 2:
                break
        with later(hours=5):
            run_due_tasks()
        assert row_of(task_id).error == "The worker ended during the last try."

    def test_who_lost_the_lease_cannot_note_an_outcome(self, declare: Declare) -> None:
        def slow() -> None:
            with scope.as_role("platform"), transaction.atomic():
                Row.objects.update(attempts=7)  # another worker began it meanwhile

        task_id = declare(slow).enqueue()
        assert running.run(task_id=task_id)
        assert row_of(task_id).state == Row.State.RUNNING


class TestTurns:
    def test_one_tenants_many_tasks_do_not_hold_back_anothers(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: Any, declare: Declare
    ) -> None:
        order = []
        task = declare(lambda: order.append(scope.current().tenant_id), queue=BULK)
        with as_tenant(tenant):
            for _time in range(5):
                task.enqueue()
        with as_tenant(other_tenant):
            task.enqueue()

        run_due_tasks()

        assert order.index(other_tenant.id) <= 1

    def test_a_tenant_has_only_so_many_at_once(
        self, tenant: Tenant, as_tenant: Any, declare: Declare, settings: Any
    ) -> None:
        settings.JOBS_BULK_PER_TENANT = 1
        task = declare(lambda: None, queue=BULK)
        with as_tenant(tenant):
            task.enqueue()
            task.enqueue()
        with scope.as_role("platform"):
            assert claims.claim_in_turn()
            assert claims.claim_in_turn() is None

    def test_what_waits_for_its_day_takes_nobodys_turn(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: Any, declare: Declare
    ) -> None:
        task = declare(lambda: None, queue=BULK)
        with as_tenant(tenant):
            task.enqueue(run_at=clock.now() + timedelta(days=1))
        with as_tenant(other_tenant):
            due = task.enqueue()
        with scope.as_role("platform"):
            assert claims._shares_in_turn() == [other_tenant.id]
            begun = claims.claim_in_turn()
        assert begun
        assert begun.id == due

    def test_a_lane_has_turns_of_its_own_within_its_tenant(
        self, tenant: Tenant, other_tenant: Tenant, as_tenant: Any, declare: Declare, settings: Any
    ) -> None:
        settings.JOBS_BULK_PER_TENANT = 1
        slow = declare(lambda: None, queue=BULK, lane="slow")
        with as_tenant(tenant):
            waiting = [slow.enqueue(), slow.enqueue()]
        with as_tenant(other_tenant):
            waiting.append(slow.enqueue())
        quick = declare(lambda: None, queue=BULK)  # the same name: what is enqueued stays in its lane
        with as_tenant(tenant):
            waiting.append(quick.enqueue())

        with scope.as_role("platform"):
            begun = [claims.claim_in_turn() for _time in range(4)]

        assert begun.pop() is None
        assert {task.id for task in begun if task} == {waiting[0], *waiting[2:]}

    def test_an_erased_tenant_leaves_no_turns(self, tenant: Tenant, as_tenant: Any, declare: Declare) -> None:
        for lane in ("", "slow"):
            with as_tenant(tenant):
                declare(lambda: None, queue=BULK, lane=lane).enqueue()
        run_due_tasks()
        with scope.as_role("platform"):
            assert Turn.objects.count() == 2

        with scope.use(tenant_id=tenant.id), transaction.atomic():
            erase(tenant_id=tenant.id)

        with scope.as_role("platform"):
            assert Turn.objects.count() == 0


class TestSchedules:
    def test_each_moment_begins_one_task(self, declare: Declare) -> None:
        seen: list[int] = []
        declarations.schedule(every=timedelta(hours=1), offset=timedelta(minutes=10))(
            declare(lambda: seen.append(1))
        )
        name = next(name for name in declarations._schedules if "lambda" in name)
        with scope.as_role("platform"):
            for _time in range(2):
                beat.begin_scheduled()
            with later(hours=1):
                beat.begin_scheduled()
            runs = ScheduledRun.objects.filter(name=name).order_by("due_at")
            assert [run.due_at.minute for run in runs] == [10, 10]
            assert all(run.task_id for run in runs)
        run_due_tasks()
        assert len(seen) >= 1

    def test_old_ones_are_forgotten_but_no_dead_ones(self, declare: Declare) -> None:
        def fail() -> None:
            raise ValueError

        declare(lambda: None).enqueue()
        dead = declare(fail, attempts=1).enqueue()
        run_due_tasks()
        with later(days=15), scope.as_role("platform"):
            assert prune(older_than=timedelta(days=14)) >= 1
            assert [row.id for row in Row.objects.exclude(state=Row.State.QUEUED)] == [dead]


def current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return str(cursor.fetchone()[0])
