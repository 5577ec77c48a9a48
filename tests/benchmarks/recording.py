"""Sixteen who record into one log, with and without somebody who seals it: nobody waits for a lock.

Each is a process of its own, as in production. They take breaks, so that waiting shows, and not the want of cores.
"""

import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from random import random
from threading import Event, Thread
from time import perf_counter
from uuid import UUID

from django.db import connection, connections, transaction

from apps.audit.interface import audit
from apps.audit.models import AuditBatch
from apps.core import scope
from apps.core.ids import new_id
from tests import databases
from tests.benchmarks import Report
from tests.factories import tenancy
from tests.factories.audit import LongLog

WRITERS, ROUNDS, SECONDS = 16, 3, 5
BREAK = 0.2  # seconds between two entries of a writer, at most
BACKLOG = 60_000  # entries that wait when a round with sealing begins, so that sealing takes all of it
NAME = "audit writer"
WAITING = """
    select l.locktype from pg_locks l join pg_stat_activity a using (pid)
    where not l.granted and a.application_name = %s
"""
fork = multiprocessing.get_context("fork")


def run(report: Report) -> None:
    """Take turns with and without sealing."""
    tenant_id = tenancy.workspace().id
    taken: dict[bool, list[float]] = {False: [], True: []}
    waits: list[str] = []
    looks = sealed = 0
    for _round in range(ROUNDS):
        for is_sealed in (False, True):
            if is_sealed:
                LongLog(tenant_id, entries=BACKLOG, days=1).write(sealed=False)
            before = _sealed(tenant_id)
            connections.close_all()  # no two processes share one
            with (
                _sealing(tenant_id if is_sealed else None),
                ProcessPoolExecutor(WRITERS, mp_context=fork) as writers,
            ):
                writing = [writers.submit(_write, tenant_id) for _writer in range(WRITERS)]
                with _watched() as seen:
                    taken[is_sealed] += [each for writer in writing for each in writer.result()]
            waits += [lock for found in seen for lock in found]
            looks += len(seen)
            sealed += _sealed(tenant_id) - before
    _tell(report, taken, sealed)
    report.must(
        f"writers waiting for a lock, in {looks:,} looks at pg_locks",
        ", ".join(sorted(set(waits))) or "none",
        holds=not waits,
        must="none",
    )


def _tell(report: Report, taken: dict[bool, list[float]], sealed: int) -> None:
    quiet, busy = sorted(taken[False]), sorted(taken[True])
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        alone, together = (times[int(len(times) * share)] for times in (quiet, busy))
        report.tell(f"recording, {WRITERS} writers, {name}", f"{alone:.1f} ms")
        report.tell(
            f"recording, {WRITERS} writers, while the log is sealed, {name}",
            f"{together:.1f} ms",
            ratio=f"{together / alone:.2f}",
        )
    report.must(
        f"entries sealed while {len(busy):,} were recorded",
        f"{sealed / (ROUNDS * SECONDS):,.0f}/s",
        holds=sealed > len(busy),
        must="> recorded",
    )


def _write(tenant_id: UUID) -> list[float]:
    """Record for a while, and return how many milliseconds each entry took."""
    taken = []
    with connection.cursor() as cursor:
        cursor.execute("select set_config('application_name', %s, false)", [NAME])
    ends = perf_counter() + SECONDS
    with scope.use(tenant_id=tenant_id):
        while (began := perf_counter()) < ends:
            with transaction.atomic():
                audit().record(action="members.joined", target_type="membership", target_id=new_id())
            taken.append((perf_counter() - began) * 1000)
            time.sleep(random() * BREAK)  # noqa: S311 - no secret
    return taken[1:]  # the first one connects


@contextmanager
def _sealing(tenant_id: UUID | None) -> Iterator[None]:
    """Have a process seal a log, if one is given."""
    if tenant_id is None:
        yield
        return
    process = fork.Process(target=_seal, args=(tenant_id,), daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _seal(tenant_id: UUID) -> None:
    with scope.use(tenant_id=tenant_id):
        while True:
            audit().seal()


@contextmanager
def _watched() -> Iterator[list[list[str]]]:
    """Look all the time whether a writer waits for a lock; what is yielded has the locks of each look."""
    seen: list[list[str]] = []
    ended = Event()

    def look() -> None:
        with databases.administrator(connection.settings_dict["NAME"]) as admin:
            while not ended.wait(0.005):
                seen.append([lock for (lock,) in admin.execute(WAITING, [NAME]).fetchall()])

    watching = Thread(target=look)
    watching.start()
    try:
        yield seen
    finally:
        ended.set()
        watching.join()


def _sealed(tenant_id: UUID) -> int:
    with scope.as_role("platform"):
        last = AuditBatch.objects.filter(tenant_id=tenant_id).order_by("number").last()
        return last.last if last else 0
