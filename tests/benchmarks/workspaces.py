"""Creating a workspace: the time in the database, with few and with many workspaces there already."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from apps.core import scope
from apps.core.permissions import OWNER
from apps.tenancy.models import POOL, Cell, Membership, Tenant
from apps.tenancy.services.workspaces import workspace_create
from tests.benchmarks import Report
from tests.factories.accounts import person

SIZES = (10, 1_000, 10_000)
CREATED = 40


def run(report: Report) -> None:
    """Fill up to each size, and create some more."""
    owner_id = person().id
    first = 0.0
    for size in SIZES:
        _fill_up_to(size, owner_id)
        taken = median(_database_milliseconds(lambda: _create(owner_id)) for _time in range(CREATED))
        first = first or taken
        report.must(
            f"workspace created among {size:,}: database time",
            f"{taken:.1f} ms",
            ratio=f"{taken / first:.2f}",
            holds=taken <= 20 and taken <= 2 * first,
            must="<= 20 ms",
        )


def _create(owner_id: Any) -> None:
    workspace_create(name="Benchmark", owner_id=owner_id)


def _fill_up_to(size: int, owner_id: Any) -> None:
    with scope.as_role("platform"), transaction.atomic():
        pool, there = Cell.objects.get(schema_name=POOL), Tenant.objects.count()
        tenants = [
            Tenant(name=f"Filler {number}", slug=f"filler-{number}", cell=pool)
            for number in range(there, size)
        ]
        Tenant.objects.bulk_create(tenants, batch_size=2000)
        Membership.objects.bulk_create(
            [Membership(tenant=tenant, user_id=owner_id, role=OWNER) for tenant in tenants], batch_size=2000
        )


def _database_milliseconds(work: Callable[[], Any]) -> float:
    spent = 0.0

    def timed(execute: Callable[..., Any], *arguments: Any) -> Any:
        nonlocal spent
        began = perf_counter()
        try:
            return execute(*arguments)
        finally:
            spent += perf_counter() - began

    with connection.execute_wrapper(timed):
        work()
    return spent * 1000
