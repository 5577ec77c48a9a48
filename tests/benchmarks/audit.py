"""A log of a million entries: verified as a whole, and its page under each filter, as the application's role."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.chain.verification import verify
from apps.audit.interface import Filters, audit
from apps.core import clock
from apps.tenancy.models import Membership, Tenant
from tests.benchmarks import Report, p95
from tests.factories import tenancy
from tests.factories.accounts import log_in
from tests.factories.audit import BUSY_ACTION, RARE_ACTION, LongLog

ENTRIES = int(os.environ.get("BENCH_ENTRIES", 1_000_000))
OTHERS, ENTRIES_OF_OTHERS = 5, 1000
DAYS = 730


def run(report: Report) -> None:
    """Fill and seal, verify, then time what each filter finds."""
    for _other in range(OTHERS):
        LongLog(tenancy.workspace().id, entries=ENTRIES_OF_OTHERS, days=DAYS).write()
    tenant = tenancy.workspace()
    log = LongLog(tenant.id, entries=ENTRIES, days=DAYS)
    seconds = _seconds(log.write)
    report.tell(
        f"{ENTRIES:,} entries written and sealed", f"{seconds:.0f} s", ratio=f"{ENTRIES / seconds:.0f}/s"
    )
    _verify(report, tenant)
    with tenancy.scope_of(tenant):
        for name, filters in _filters(log).items():
            taken = p95(lambda filters=filters: audit().list_entries(filters=filters))  # type: ignore[misc]
            report.must(f"{name}, p95", f"{taken:.1f} ms", holds=taken <= 50, must="<= 50 ms")
    _page(report, tenant)


def _verify(report: Report, tenant: Tenant) -> None:
    found: list[Any] = []
    seconds = _seconds(lambda: found.append(verify(tenant.id)))
    assert found[0]
    assert found[0].entries >= ENTRIES
    report.must(
        f"verified: {found[0].entries:,} entries in {found[0].batches:,} batches, with their signatures",
        f"{seconds:.1f} s",
        holds=seconds <= 20,
        must="<= 20 s",
    )


def _filters(log: LongLog) -> dict[str, Filters]:
    def day(ago: int) -> datetime:
        return clock.now() - timedelta(days=ago)

    year_ago = {"until": day(365)}
    asked: dict[str, dict[str, Any]] = {
        "newest": {},
        "somebody who did a third": {"actor_id": log.busy},
        "somebody who did 20": {"actor_id": log.rare},
        "somebody who left long ago": {"actor_id": log.former},
        "an action that is a third": {"action": BUSY_ACTION},
        "an action of which there are 20": {"action": RARE_ACTION},
        "one of 5,000 targets": {"target_id": log.targets[77]},
        "since a week ago": {"since": day(7)},
        "since the beginning": {"since": day(DAYS)},
        "until a year ago": year_ago,
        "until the beginning": {"until": day(DAYS - 1)},
        "one day": {"since": day(501), "until": day(500)},
        "a day without entries": {"since": day(DAYS + 10), "until": day(DAYS + 5)},
        "somebody, until a year ago": {"actor_id": log.busy} | year_ago,
        "somebody who left, since a year ago": {"actor_id": log.former, "since": day(365)},
        "an action, until a year ago": {"action": BUSY_ACTION} | year_ago,
        "a target, until a year ago": {"target_id": log.targets[77]} | year_ago,
        "somebody and an action": {"actor_id": log.people[0], "action": BUSY_ACTION},
        "somebody and an action, a third each, that never meet": {
            "actor_id": log.busy,
            "action": BUSY_ACTION,
        },
        "all filters": {
            "actor_id": log.people[0],
            "target_id": log.targets[77],
            "action": BUSY_ACTION,
            "since": day(500),
            "until": day(400),
        },
    }
    return {name: Filters(**given) for name, given in asked.items()}


def _page(report: Report, tenant: Tenant) -> None:
    """Compare the page in the browser with the same page that finds nothing: what is left is no matter of the log."""
    with tenancy.scope_of(tenant):
        owner: User = Membership.objects.select_related("user").get(tenant=tenant).user
    client, address = Client(), reverse("audit:list", args=[tenant.slug])
    log_in(client, owner)

    def open_page(**query: str) -> Callable[[], None]:
        def ask() -> None:
            assert client.get(address, query).status_code == 200

        return ask

    empty, full = p95(open_page(since="2000-01-01", until="2000-01-02")), p95(open_page(action=BUSY_ACTION))
    report.tell("the page without a sentence, p95", f"{empty:.1f} ms")
    report.must(
        "the page with 50 sentences, p95",
        f"{full:.1f} ms",
        ratio=f"{full / empty:.1f} x",
        holds=full <= 2 * empty,
        must="<= 2 x",
    )


def _seconds(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
