"""The log as this process keeps it, and as another does."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.events.upkeep import deliver_due
from tests.processes import ModuleProcess, serving


@pytest.fixture(scope="session")
def audit_process(django_db_setup: None) -> Iterator[ModuleProcess]:
    """`manage.py serve_module audit`, with a database of its own."""
    with serving("audit") as process:
        yield process


@pytest.fixture
def apart(audit_process: ModuleProcess, settings: Any) -> ModuleProcess:
    """Have that process keep the log for the test."""
    settings.MODULE_URLS = {"audit": audit_process.url}
    return audit_process


@pytest.fixture(params=["local", "remote"])
def arrive(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Run the test with the log here and with the log elsewhere; `arrive()` brings what was recorded into it."""
    if request.param == "local":
        return lambda: None
    request.getfixturevalue("apart")
    return deliver_due
