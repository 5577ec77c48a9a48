"""A customer's slow server costs nobody else time, and nothing else of its own workspace."""

from collections.abc import Callable
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from django.db import connection, transaction

from apps.jobs import declarations
from apps.jobs.declarations import BULK
from apps.jobs.running import run_next_in_bulk
from apps.tenancy.models import Tenant


@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_does_not_delay_another_workspace(
    receive: Any, endpoint: Any, happen: Any, tenant: Tenant, other_tenant: Tenant, settings: Any
) -> None:
    """Ten deliveries wait for a server that takes a second each; two workers, one place per workspace."""
    settings.JOBS_BULK_PER_TENANT = 1
    slow, quick = receive(delay=1.0), receive()
    endpoint(slow.url)
    endpoint(quick.url, of=other_tenant)
    happen(10, run=False)
    happen(5, of=other_tenant, run=False)

    assert work_until(lambda: len(quick.requests) == 5) < 5, "in a row they would have waited for 10 seconds"
    assert len(slow.requests) < 10


@pytest.mark.django_db(transaction=True)
def test_a_slow_endpoint_does_not_delay_an_import_of_its_own_workspace(
    receive: Any, endpoint: Any, happen: Any, tenant: Tenant, as_tenant: Any, settings: Any, monkeypatch: Any
) -> None:
    settings.JOBS_BULK_PER_TENANT = 1
    monkeypatch.setattr(declarations, "_tasks", dict(declarations._tasks))
    imported = []
    bring_in = declarations.task(queue=BULK)(lambda: imported.append(True))
    slow = receive(delay=1.0)
    endpoint(slow.url)
    happen(10, run=False)
    with as_tenant(tenant), transaction.atomic():
        bring_in.enqueue()

    assert work_until(lambda: bool(imported)) < 5, "in a row it would have waited for 10 seconds"
    assert len(slow.requests) < 10


def work_until(is_done: Callable[[], bool]) -> float:
    """Have two workers run bulk tasks; return the seconds until one finds it done."""
    started, ended = monotonic(), []

    def work() -> None:
        try:
            while not is_done() and monotonic() - started < 20:
                run_next_in_bulk()
            ended.append(monotonic() - started)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert is_done()
    return min(ended)
