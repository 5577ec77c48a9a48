"""The log as this process keeps it, and as another does."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from apps.audit.chain import heads
from apps.audit.chain.verification import verify
from apps.events.upkeep import deliver_due
from apps.tenancy.models import Tenant
from tests import databases
from tests.audit.logs import record, seal_all
from tests.factories import tenancy as workspaces
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


@pytest.fixture
def log(tenant: Tenant) -> Iterator[Tenant]:
    """A workspace with three batches in its log; in its owner's scope."""
    with workspaces.scope_of(tenant):
        for _batch in range(3):
            for number in range(4):
                record(f"Member {number}")
            seal_all()
        assert verify(tenant.id)
        yield tenant


@pytest.fixture
def bend(transactional_db: None) -> Iterator[Callable[..., None]]:
    """Run a statement as the database's administrator, past walls, grants and triggers."""
    with databases.administrator(connection.settings_dict["NAME"]) as db:
        db.execute("set session_replication_role = replica")

        def run(statement: Any, *values: Any) -> None:
            assert db.execute(statement, values).rowcount > 0

        yield run


@pytest.fixture(autouse=True)
def storage_of_heads(settings: Any) -> None:
    """Where heads are exported to, which an administrator of the database can't reach. Each test has its own."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {heads.ALIAS: memory}
