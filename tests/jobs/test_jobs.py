"""What a person starts: it is shown, followed, cancelled, tried again, and leaves a file."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from apps.accounts.models import User
from apps.core import clock, permissions, scope, storage
from apps.core.errors import Conflict, Invalid, NotFound, PermissionDenied
from apps.jobs import lease, selectors, upkeep
from apps.jobs.beat import take_back_lost
from apps.jobs.claims import claim
from apps.jobs.current import MOST_LINES, RESULTS
from apps.jobs.interface import BULK, Task, current_job, start_job
from apps.jobs.models import Job
from apps.jobs.models import Task as Row
from apps.jobs.services import job_cancel, job_retry
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.members import member_change_role, member_remove
from apps.tenancy.services.standing import member_suspend
from tests.bookshop.models import Shelf
from tests.factories import tenancy

Declare = Callable[..., Task]


def work(steps: int) -> None:
    job = current_job()
    for step in range(steps):
        job.log(f"Step {step}.")
        job.progress(step + 1, steps)
    job.result("steps.csv", b"a,b")


def shown(job_id: UUID) -> Job:
    return selectors.job(job_id)


def write() -> None:
    permissions.require("bookshop.write")


def membership_of(tenant: Tenant, user: User) -> Membership:
    return Membership.objects.get(tenant=tenant, user=user)


def demote(tenant: Tenant, user: User) -> None:
    with tenancy.scope_of(tenant):
        member_change_role(membership_id=membership_of(tenant, user).id, role="viewer")


def suspend(tenant: Tenant, user: User) -> None:
    with tenancy.scope_of(tenant):
        member_suspend(membership_id=membership_of(tenant, user).id)


def remove(tenant: Tenant, user: User) -> None:
    with tenancy.scope_of(tenant):
        member_remove(membership_id=membership_of(tenant, user).id)


@pytest.fixture
def ana(tenant: Tenant) -> User:
    return tenancy.member(tenant, "member", name="Ana")


@pytest.fixture
def at_work(tenant: Tenant, ana: User) -> Any:
    with tenancy.scope_of(tenant, "member", user=ana) as now:
        yield now


class TestRun:
    def test_it_is_shown_from_start_to_end(self, at_work: scope.Scope, declare: Declare) -> None:
        job_id = start_job(declare(work, queue=BULK).name, title="Three steps", steps=3)
        waits = shown(job_id)
        assert (waits.state, waits.percent, waits.starter_name) == ("waiting", None, "Ana")

        assert run_due_tasks() == 1
        job = shown(job_id)
        assert (job.state, job.done, job.total, job.percent, job.attempts) == ("done", 3, 3, 100, 1)
        assert [line["text"] for line in job.log] == ["Step 0.", "Step 1.", "Step 2."]
        with storage.open(job.result_key) as file:
            assert file.read() == b"a,b"

    def test_its_rate_says_when_it_will_be_done(self) -> None:
        with clock.stopped_at(clock.now()):
            began = clock.now() - timedelta(seconds=20)
            job = Job(state=Job.State.RUNNING, started_at=began, done=500, total=2000)
            assert (job.percent, job.rate, job.remaining) == (25, 25, timedelta(seconds=60))
            job.total = None
            assert (job.percent, job.remaining) == (None, None)

    def test_it_speaks_the_language_and_the_time_of_who_asked(
        self, at_work: scope.Scope, declare: Declare
    ) -> None:
        said = []

        def tell() -> None:
            said.append((translation.get_language(), timezone.get_current_timezone_name()))

        with translation.override("de"), timezone.override("Asia/Tokyo"):
            start_job(declare(tell).name, title="Wo bin ich?")
        run_due_tasks()
        assert said == [("de", "Asia/Tokyo")]

    @pytest.mark.parametrize("lose", [demote, suspend, remove])
    def test_it_does_no_more_than_its_person_may_by_then(
        self, lose: Callable[[Tenant, User], None], tenant: Tenant, at_work: scope.Scope, declare: Declare
    ) -> None:
        assert at_work.user_id
        ana = User.objects.get(id=at_work.user_id)
        job_id = start_job(declare(write).name, title="Write")
        lose(tenant, ana)

        run_due_tasks()

        job = shown(job_id)
        assert (job.state, job.error) == ("failed", str(PermissionDenied.message))

    def test_of_many_lines_the_last_are_kept(self, at_work: scope.Scope, declare: Declare) -> None:
        job_id = start_job(declare(work).name, title="Many", steps=MOST_LINES + 5)
        run_due_tasks()
        log = shown(job_id).log
        assert (len(log), log[-1]["text"]) == (MOST_LINES, f"Step {MOST_LINES + 4}.")

    def test_outside_of_a_job_nobody_listens(self) -> None:
        current_job().progress(1, 2)
        current_job().log("Nothing.")

    def test_an_answer_for_the_person_ends_it(self, at_work: scope.Scope, declare: Declare) -> None:
        def refuse() -> None:
            current_job().result("half.csv", b"half")
            raise Invalid(fields={"file": ["Line 3 has a fault."]})

        job_id = start_job(declare(refuse).name, title="Refused")
        run_due_tasks()
        job = shown(job_id)
        assert (job.state, job.error, job.attempts) == ("failed", "Line 3 has a fault.", 1)
        assert job.result_key == ""
        with scope.as_role("platform"):
            assert Row.objects.get(id=job.task_id).state == "discarded"

    def test_a_defect_is_tried_again_and_then_told(self, at_work: scope.Scope, declare: Declare) -> None:
        def break_down() -> None:
            raise RuntimeError("secret")

        job_id = start_job(declare(break_down, attempts=2).name, title="Broken")
        run_due_tasks()
        assert (shown(job_id).state, shown(job_id).attempts) == ("waiting", 1)
        with time_machine.travel(clock.now() + timedelta(hours=1)):
            run_due_tasks()
        job = shown(job_id)
        assert (job.state, job.error) == ("failed", "Something went wrong on our side.")

        assert upkeep.replay([job.task_id]) == 1
        assert shown(job_id).state == "waiting"

    def test_one_whose_worker_died_waits_again(self, at_work: scope.Scope, declare: Declare) -> None:
        job_id = start_job(declare(work).name, title="Lost", steps=1)
        with scope.as_role("platform"):
            assert claim(shown(job_id).task_id)
            with time_machine.travel(clock.now() + timedelta(minutes=5)):
                assert take_back_lost() == 1
                run_due_tasks()
        assert (shown(job_id).state, shown(job_id).attempts) == ("done", 2)


class TestCancelAndRetry:
    def test_one_that_waits_ends_at_once(self, at_work: scope.Scope, declare: Declare) -> None:
        job_id = start_job(declare(work).name, title="Not now", steps=1)
        assert job_cancel(job_id=job_id).state == "cancelled"
        run_due_tasks()
        assert shown(job_id).log == []
        with pytest.raises(Conflict):
            job_cancel(job_id=job_id)

        job_retry(job_id=job_id)
        run_due_tasks()
        assert shown(job_id).state == "done"
        with pytest.raises(Conflict):
            job_retry(job_id=job_id)

    def test_a_replayed_task_does_not_run_beside_its_retry(
        self, at_work: scope.Scope, declare: Declare
    ) -> None:
        ran = []

        def once() -> None:
            ran.append(1)
            if len(ran) == 1:
                raise RuntimeError

        job_id = start_job(declare(once, attempts=1).name, title="Once")
        run_due_tasks()
        dead = shown(job_id).task_id
        job_retry(job_id=job_id)
        upkeep.replay([dead])
        run_due_tasks()
        assert (len(ran), shown(job_id).state) == (2, "done")

    def test_who_may(self, tenant: Tenant, other_tenant: Tenant, at_work: Any, declare: Declare) -> None:
        job_id = start_job(declare(work).name, title="Mine", steps=1)
        somebody = tenancy.member(tenant, "member")
        with tenancy.scope_of(tenant, "member", user=somebody), pytest.raises(NotFound):
            job_cancel(job_id=job_id)
        with tenancy.scope_of(other_tenant), pytest.raises(NotFound):
            job_cancel(job_id=job_id)
        with tenancy.scope_of(tenant, "admin") as now:
            with scope.use(permissions=now.permissions - {"jobs.cancel"}), pytest.raises(PermissionDenied):
                job_cancel(job_id=job_id)
            job_cancel(job_id=job_id)
            with pytest.raises(NotFound):
                job_retry(job_id=job_id)


class TestKeeping:
    def test_it_is_forgotten_with_its_file(self, at_work: scope.Scope, declare: Declare) -> None:
        job_id = start_job(declare(work).name, title="Old", steps=1)
        run_due_tasks()
        key = shown(job_id).result_key
        with (
            time_machine.travel(clock.now() + timedelta(days=15)),
            scope.activate(scope.Scope(role="platform")),
        ):
            upkeep.prune(older_than=timedelta(days=14))
        with pytest.raises(NotFound):
            shown(job_id)
        with pytest.raises(NotFound):
            storage.open(key)

    def test_a_file_that_a_killed_worker_left_is_forgotten_after_a_day(
        self, at_work: scope.Scope, declare: Declare
    ) -> None:
        def die() -> None:
            current_job().result("half.csv", b"half")
            raise KeyboardInterrupt  # nothing is noted, as after a SIGKILL

        start_job(declare(die).name, title="Killed")
        with pytest.raises(KeyboardInterrupt):
            run_due_tasks()
        done = start_job(declare(work).name, title="Three steps", steps=3)
        run_due_tasks()
        assert len(storage.keys(RESULTS)) == 2

        for hours, left in ((23, 2), (25, 1)):
            with (
                time_machine.travel(clock.now() + timedelta(hours=hours)),
                scope.activate(scope.Scope(role="platform")),
            ):
                upkeep.prune(older_than=timedelta(days=14))
            assert len(storage.keys(RESULTS)) == left
        assert storage.keys(RESULTS) == [shown(done).result_key]


@pytest.mark.django_db(transaction=True)
class TestBesideTheWork:
    """The work is one transaction; what it says is seen before it ends."""

    def test_progress_is_seen_and_cancel_takes_everything_back(
        self, at_work: scope.Scope, declare: Declare, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lease, "JOB_SECONDS", 0.05)

        def fill() -> None:
            job = current_job()
            Shelf.objects.create(name="Half done")
            for step in range(400):
                job.progress(step, 400)
                time.sleep(0.02)

        job_id = start_job(declare(fill, is_atomic=True).name, title="Fill")
        worker = threading.Thread(target=_work)
        worker.start()
        seen = _until(lambda: shown(job_id), lambda job: job.done > 5)
        assert (seen.state, seen.total) == ("running", 400)
        assert not Shelf.objects.exists()
        job_cancel(job_id=job_id)
        worker.join(timeout=10)

        ended = shown(job_id)
        assert ended.state == "cancelled"
        assert ended.done < 400
        assert not Shelf.objects.exists()


def _work() -> None:
    try:
        run_due_tasks()
    finally:
        connection.close()


def _until(look: Callable[[], Job], holds: Callable[[Job], bool]) -> Job:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        if holds(job := look()):
            return job
        time.sleep(0.02)
    raise AssertionError("It did not come to that.")


class TestPages:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}/jobs/"

    def test_it_is_followed_to_its_file(
        self, at_work: Any, ana: User, home: str, declare: Declare, signed_in: Any
    ) -> None:
        client = signed_in(ana)
        assert "No jobs yet" in client.get(home).content.decode()
        job_id = start_job(declare(work).name, title="Three <b>", steps=3)
        place = f"{home}{job_id}/"
        assert "Three &lt;b&gt;" in client.get(home).content.decode()
        assert 'hx-trigger="every 1s"' in client.get(place).content.decode()
        assert client.get(f"{place}result/").status_code == 404

        run_due_tasks()
        ended = client.get(f"{place}progress/")
        assert "hx-trigger" not in ended.content.decode()
        assert "Done" in ended["HX-Trigger"]
        assert "Step 2." in ended.content.decode()
        answer = client.get(f"{place}result/")
        assert b"".join(answer.streaming_content) == b"a,b"
        assert 'filename="steps.csv"' in answer["Content-Disposition"]
        assert client.post(f"{place}cancel/")["Location"] == place

    def test_cancel_and_retry(
        self, at_work: Any, ana: User, home: str, declare: Declare, signed_in: Any
    ) -> None:
        client = signed_in(ana)
        place = f"{home}{start_job(declare(work).name, title='Twice', steps=3)}/"
        assert "This was cancelled" in client.post(f"{place}cancel/", follow=True).content.decode()
        assert "every 1s" in client.post(f"{place}retry/", follow=True).content.decode()
        assert client.post(f"{place}retry/")["Location"] == place

    def test_others_see_it_only_with_the_permission(
        self, tenant: Tenant, at_work: Any, home: str, declare: Declare, signed_in: Any
    ) -> None:
        place = f"{home}{start_job(declare(work).name, title='Mine', steps=3)}/"
        run_due_tasks()
        other, admin = signed_in(tenancy.member(tenant, "member")), signed_in(tenancy.member(tenant, "admin"))
        assert other.get(place).status_code == 404
        assert "Mine" not in other.get(home).content.decode()
        assert admin.get(place).status_code == 200
        assert "Ana" in admin.get(home).content.decode()
        assert admin.get(f"{place}result/").status_code == 404

    def test_queries(
        self, at_work: Any, ana: User, home: str, declare: Declare, signed_in: Any, query_count: Any
    ) -> None:
        client = signed_in(ana)
        job_id = start_job(declare(work).name, title="Few", steps=3)
        client.get(home)
        for place in (home, f"{home}{job_id}/", f"{home}{job_id}/progress/"):
            with query_count() as queries:
                assert client.get(place).status_code == 200
            assert len(queries.statements) <= 8, place


class TestApi:
    def test_a_key_sees_what_its_role_may(
        self, tenant: Tenant, at_work: Any, declare: Declare, api_client: Client
    ) -> None:
        job_id = start_job(declare(work).name, title="Mine", steps=3)
        (listed,) = api_client.get("/api/v1/jobs").json()["results"]
        assert (listed["id"], listed["state"]) == (str(job_id), "waiting")
        assert api_client.post(f"/api/v1/jobs/{job_id}/cancel").json()["state"] == "cancelled"
        assert api_client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 409
        assert api_client.get(f"/api/v1/jobs/{job_id}").json()["finished_at"]
        assert api_client.post("/api/v1/jobs/nonsense/cancel").status_code == 404
