"""A customer's slow server costs nobody else time."""

from threading import Thread
from time import monotonic
from typing import Any

import pytest
from django.db import connection

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
    started, arrived = monotonic(), []

    def work() -> None:
        try:
            while len(quick.requests) < 5 and monotonic() - started < 20:
                run_next_in_bulk()
            arrived.append(monotonic() - started)
        finally:
            connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)

    assert len(quick.requests) == 5
    assert min(arrived) < 5, "in a row they would have waited for 10 seconds"
    assert len(slow.requests) < 10
