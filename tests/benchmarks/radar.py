"""The lists and the overview of a workspace with a million signals, as the application's role."""

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.core.management import call_command

from apps.core import scope
from apps.core.pages import page_of
from apps.radar import selectors, trends
from apps.radar.filters import SignalFilter
from apps.tenancy.models import Tenant
from tests.benchmarks import Report, p95
from tests.factories import tenancy

ROWS = int(os.environ.get("BENCH_ROWS", 1_000_000))
#: Other workspaces in the same tables.
OTHERS, ROWS_OF_OTHERS = 20, 1000

LISTS = {
    "newest": {},
    "search: rare word": {"search": "ref123456"},
    "search: word of 1,000 titles": {"search": 'of "product77"'},
    "search: beginning of 11 words, in 11,000 titles": {"search": "product77"},
    "search: word of 333,000 titles": {"search": "price"},
    "search: word of all titles": {"search": "city"},
    "search: two frequent words": {"search": "price product7"},
    "search: rare and frequent": {"search": "launch ref765432"},
    "search: beginning of 1,111 words": {"search": "ref123"},
    "search: one letter": {"search": "p"},
    "search: phrase": {"search": '"of product77 in"'},
    "search: either of two": {"search": "ref5 or product8"},
    "search: not": {"search": "price -product7"},
    "search: kind and importance": {"search": "price", "kind": "hiring", "importance": "2"},
    "search: oldest first": {"search": "price", "sort": "seen_at"},
    "attribute: choice of 233,000": {"attr.region": "EMEA"},
    "attribute: choice of 140": {"attr.region": "Antarctica"},
    "attribute: text of 400": {"attr.owner": "Person 77"},
    "attribute: number, narrow range": {"attr.deal-size.min": "100", "attr.deal-size.max": "101"},
    "attribute: number, wide range": {"attr.deal-size.min": "100"},
    "attribute: number, no hit": {"attr.deal-size.min": "999999"},
    "attribute: day": {"attr.decision-on": "2026-03-01"},
    "attribute: days": {"attr.decision-on.min": "2026-03-01"},
    "attribute: yes": {"attr.confirmed": "yes"},
    "attribute: two, and search": {"attr.region": "EMEA", "attr.deal-size.min": "9000", "search": "price"},
    "attribute: sorted by number": {"sort": "attr.deal-size"},
    "attribute: sorted by text, backwards": {"sort": "-attr.owner"},
    "attribute: sorted by number, narrowed": {"sort": "attr.deal-size", "attr.region": "APAC"},
}

#: What is slower, and may be: hits that stand side by side in a list's order, but far from its start, and words in
#: a third of all titles each that never meet, which takes a look at all their places.
UNEVEN = {
    "search: two words of 333,000 titles that never meet": {"search": "price launch"},
    "search: 11,111 rows that were seen together": {"search": "ref12"},
    "search: titles that begin alike, by title": {"search": "price", "sort": "title"},
}


def run(report: Report) -> None:
    """Seed, then time each list's first and second page."""
    seconds = _seconds(lambda: call_command("seed", tenants=1, rows=ROWS, yes=True, verbosity=2))
    report.must(f"seed {ROWS:,} signals", f"{seconds:.0f} s", holds=seconds <= 120, must="<= 120 s")
    call_command("seed", tenants=OTHERS, rows=ROWS_OF_OTHERS, yes=True, verbosity=0)
    with scope.as_role("platform"):
        tenant = Tenant.objects.select_related("cell").get(slug="seeded-1")
    with tenancy.scope_of(tenant):
        for name, query in LISTS.items():
            taken = p95(lambda query=query: _page(query))  # type: ignore[misc]
            report.must(f"{name}, p95", f"{taken:.1f} ms", holds=taken <= 40, must="<= 40 ms")
        for name, query in UNEVEN.items():
            taken = p95(lambda query=query: _page(query), times=10)  # type: ignore[misc]
            report.tell(f"{name}, p95", f"{taken:.1f} ms")
        taken = p95(trends.weeks)
        report.must(
            "weekly counts of the overview, p95", f"{taken:.1f} ms", holds=taken <= 60, must="<= 60 ms"
        )


def _page(query: dict[str, str], cursor: str = "") -> Any:
    return page_of(SignalFilter(query, queryset=selectors.signals()).qs, cursor=cursor)


def _seconds(work: Callable[[], Any]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
