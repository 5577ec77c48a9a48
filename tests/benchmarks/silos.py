"""Migrating 200 silos side by side, one of which fails: it is named, the others are done, and a rerun goes on there."""

import os
from collections.abc import Callable
from io import StringIO
from time import perf_counter
from typing import Any

from django.core.management import CommandError, call_command
from django.db import connection

from apps.tenancy import cells
from apps.tenancy.management.owner import owner_session
from apps.tenancy.models import Cell
from tests import databases
from tests.benchmarks import Report

SILOS = int(os.environ.get("BENCH_SILOS", 200))
ALONE = max(SILOS // 10, 1)
BROKEN = "silo_007"


def run(report: Report) -> None:
    """Migrate some one at a time, then the rest several at once, then again."""
    _open(range(ALONE), "alone")
    alone = _seconds(lambda: _migrate(jobs=1)) / ALONE
    _open(range(SILOS), "silo")
    _as_administrator(f"create table {BROKEN}.bookshop_book ()")
    said: list[str] = []
    together = _seconds(lambda: said.append(_migrate())) / SILOS
    report.tell("silo migrated from nothing, one at a time", f"{alone * 1000:.0f} ms")
    report.tell(
        f"silo migrated from nothing, {SILOS} side by side",
        f"{together * 1000:.0f} ms",
        ratio=f"{together / alone:.2f}",
    )
    with owner_session():
        lagging = cells.lagging_silos()
    report.must(
        "of them, one that fails: named, and the only one not done",
        f"{SILOS - len(lagging)} done",
        holds=lagging == [BROKEN] and f"Not migrated: {BROKEN}." in said[0],
        must="all but 1",
    )
    _as_administrator(f"drop table {BROKEN}.bookshop_book")
    again = _seconds(lambda: said.append(_migrate()))
    report.must(
        "run again: only the one that was left",
        f"{again:.1f} s",
        holds=said[1].splitlines()[0] == f"1/1 {BROKEN}",
        must="1 silo",
    )
    once_more = _seconds(_migrate)
    report.tell("run once more, with nothing left to do", f"{once_more:.1f} s")


def _open(numbers: range, prefix: str) -> None:
    with owner_session():
        for number in numbers:
            cells.ensure_cell(f"{prefix}_{number:03}", Cell.Kind.SILO)


def _migrate(**options: Any) -> str:
    """Return what was printed, the command's error included."""
    out = StringIO()
    try:
        call_command("migrate", stdout=out, stderr=out, no_color=True, **options)
    except CommandError as error:
        out.write(str(error))
    return out.getvalue()


def _as_administrator(statement: Any) -> None:
    with databases.administrator(connection.settings_dict["NAME"]) as admin:
        admin.execute("set role tenon_owner")
        admin.execute(statement)


def _seconds(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
