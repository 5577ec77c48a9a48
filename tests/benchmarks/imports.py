"""Importing 100,000 signals from a file: how quickly, and in how much memory."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from apps.radar.services.imports.runs import import_check, import_run
from apps.radar.services.imports.uploads import import_start
from tests.benchmarks import Report
from tests.factories import radar, tenancy

ROWS = 100_000
COMPETITORS = 50
MOST_MEMORY = 64.0  # MB above what the process held before
HEADER = ("title", "competitor", "kind", "importance", "source_url", "seen_at")
KINDS = ("price", "product", "hiring", "funding", "press")


def run(report: Report) -> None:
    """Import a file of 1,000 rows, which warms up, then the large one."""
    with tenancy.scope_of(tenancy.workspace()):
        names = [radar.competitor(name=f"Company {number}").name for number in range(COMPETITORS)]
        _import(names, 1000, "warm-up")
        seconds, memory = _import(names, ROWS, "large")
    for step, taken in seconds.items():
        report.tell(f"import of {ROWS:,} rows: {step}", f"{ROWS / taken:,.0f} rows/s")
    report.must(
        f"import of {ROWS:,} rows: memory",
        f"{memory:.0f} MB",
        holds=memory <= MOST_MEMORY,
        must=f"<= {MOST_MEMORY:.0f} MB",
    )


def _import(names: list[str], rows: int, label: str) -> tuple[dict[str, float], float]:
    """Return the seconds of each step, and the most memory in MB that they took together."""
    seconds, memory = {}, []

    def step(name: str, work: Callable[[], Any]) -> Any:
        began = perf_counter()
        result, most = peak(work)
        seconds[name] = perf_counter() - began
        memory.append(most)
        return result

    found = step("upload", lambda: import_start(file_name=f"{label}.csv", pieces=pieces(names, rows, label)))
    step("check", lambda: import_check(import_id=found.id))
    counts = step("import", lambda: import_run(import_id=found.id, only_good=False))
    if counts.added != rows:
        raise AssertionError(f"{counts.added} of {rows} rows were imported.")
    return seconds, max(memory)


def pieces(names: list[str], rows: int, label: str) -> Iterator[bytes]:
    """Yield a file of signals, made as it is read."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(HEADER)
    for number in range(rows):
        day = date(2020, 1, 1) + timedelta(days=number % 2000)
        title = f"{label}: what company {number % len(names)} did, number {number}"
        address = f"https://news.example/{label}/{number}"
        writer.writerow(
            [title, names[number % len(names)], KINDS[number % 5], 1 + number % 3, address, day.isoformat()]
        )
        if buffer.tell() > 64 * 1024:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def peak(work: Callable[[], Any]) -> tuple[Any, float]:
    """Run something; return its result, and by how many MB the process grew at most meanwhile (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _megabytes("VmRSS")
    result = work()
    return result, _megabytes("VmHWM") - before


def _megabytes(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024
