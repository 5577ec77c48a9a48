from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.jobs import declarations
from apps.jobs.declarations import Task


@pytest.fixture
def declare() -> Iterator[Callable[..., Task]]:
    """Declare a function as a task, or with a schedule, for the test."""
    names = []

    def declare_one(function: Callable[..., None], **options: Any) -> Task:
        task = declarations.task(**options)(function)
        names.append(task.name)
        return task

    yield declare_one
    for name in names:
        declarations._tasks.pop(name, None)
        declarations._schedules.pop(name, None)
