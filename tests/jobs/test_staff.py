"""What staff do with tasks that failed every try."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.accounts.models import User
from apps.core import scope
from apps.jobs.interface import Task
from apps.jobs.models import Task as Row
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.factories.accounts import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(tenant: Tenant, as_tenant: Any, declare: Callable[..., Task]) -> str:
    def break_down() -> None:
        raise RuntimeError("No luck.")

    with as_tenant(tenant):
        task_id = declare(break_down, attempts=1).enqueue()
    run_due_tasks()
    return str(task_id)


@pytest.fixture
def staff(signed_in: Callable[[User], Client]) -> Client:
    with scope.as_role("platform"):
        user = person(name="Sam Staff", is_staff=True)
    return signed_in(user)


def state(task_id: str) -> str:
    with scope.as_role("platform"):
        return Row.objects.get(id=task_id).state


@pytest.mark.parametrize(("action", "after"), [("replay", "queued"), ("discard", "discarded")])
def test_in_the_back_office(staff: Client, dead: str, action: str, after: str) -> None:
    place = "/admin/jobs/task/"
    assert "break_down" in staff.get(f"{place}?state__exact=dead").content.decode()
    answer = staff.post(place, {"action": action, "_selected_action": dead}, follow=True)
    assert answer.status_code == 200
    assert state(dead) == after
    for page in (f"{place}{dead}/change/", "/admin/jobs/scheduledrun/", "/admin/jobs/job/"):
        assert staff.get(page).status_code == 200


def test_by_command(dead: str) -> None:
    said = StringIO()
    call_command("tasks", "--state", "dead", stdout=said)
    assert dead in said.getvalue()
    assert "RuntimeError" in said.getvalue()
    call_command("tasks", "discard", dead, stdout=said)
    assert "1 tasks would be discarded" in said.getvalue()
    assert state(dead) == "dead"
    call_command("tasks", "replay", dead, stdout=said)
    assert state(dead) == "queued"
    run_due_tasks()
    call_command("tasks", "discard", dead, "--yes", stdout=said)
    assert state(dead) == "discarded"
