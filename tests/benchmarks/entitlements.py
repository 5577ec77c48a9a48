"""Asking for a feature, when warm, against the API read that asks for it."""

from collections.abc import Callable
from statistics import median
from time import perf_counter

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.entitlements.interface import entitlements
from tests.benchmarks import Report
from tests.factories import tenancy

ROUNDS, TIMES = 15, 40
MOST = 0.15  # of the read's time


def run(report: Report) -> None:
    """Measure both in turns, so that whatever else the machine does slows both."""
    tenant = tenancy.workspace()
    client = tenancy.api_client(tenant)

    def check() -> None:
        assert entitlements().check(tenant_id=tenant.id, feature="api.access")

    def read() -> None:
        assert client.get("/api/v1/members").status_code == 200

    with tenancy.scope_of(tenant):
        check()
        with CaptureQueriesContext(connection) as queries:
            check()
    rounds = []
    for _round in range(ROUNDS):
        with tenancy.scope_of(tenant):
            checked = _milliseconds(check)
        rounds.append((checked, _milliseconds(read)))
    ratio = median(checked / whole for checked, whole in rounds)
    report.must("a warm check: queries", str(len(queries)), ratio="", holds=not len(queries), must="0")
    report.must(
        "a warm check: time against the API read around it",
        f"{median(checked for checked, _whole in rounds):.3f} ms",
        ratio=f"{ratio:.3f}",
        holds=ratio <= MOST,
        must=f"<= {MOST}",
    )


def _milliseconds(act: Callable[[], None]) -> float:
    start = perf_counter()
    for _time in range(TIMES):
        act()
    return (perf_counter() - start) * 1000 / TIMES
