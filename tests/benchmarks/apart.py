"""The audit log here, and in a process of its own: what a call costs more. The two take turns."""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import scope
from apps.core.ids import new_id
from apps.events.upkeep import deliver_due
from apps.tenancy.models import Membership, Tenant
from tests.benchmarks import Report
from tests.factories import tenancy
from tests.processes import serving

ENTRIES, ROUNDS = 300, 100


def run(report: Report) -> None:
    """Measure a page of entries, the log's page, and recording."""
    tenant = tenancy.workspace()
    page = _page_of(tenant)
    with serving("audit") as process, tenancy.scope_of(tenant), override_settings(MODULE_URLS={}):
        places = [{}, {"audit": process.url}]
        for urls in places:
            settings.MODULE_URLS = urls
            for _entry in range(ENTRIES):
                _record()
            deliver_due()
        works: dict[str, Callable[[], Any]] = {
            "a page of 50 entries": lambda: audit().list_entries(filters=Filters()),
            "the log's page": page,
            "recording an entry": _record,
        }
        for what, work in works.items():
            here, there = _medians(work, places)
            report.tell(f"{what}, in a process of its own", f"{there:.1f} ms", ratio=f"{there / here:.1f} x")


def _medians(work: Callable[[], Any], places: list[dict[str, str]]) -> list[float]:
    """Return the milliseconds that the work takes in each place."""
    taken: list[list[float]] = [[] for _place in places]
    for _round in range(ROUNDS):
        for times, urls in zip(taken, places, strict=True):
            settings.MODULE_URLS = urls
            began = perf_counter()
            work()
            times.append((perf_counter() - began) * 1000)
    return [median(times) for times in taken]


def _record() -> None:
    with transaction.atomic():
        audit().record(
            action="members.joined", target_type="membership", target_id=new_id(), target_label="Li"
        )


def _page_of(tenant: Tenant) -> Callable[[], Any]:
    with tenancy.scope_of(tenant):
        owner: User = Membership.objects.select_related("user").get(tenant=tenant).user
    client, address = Client(), reverse("audit:list", args=[tenant.slug])
    client.force_login(owner)

    def open_page() -> None:
        with scope.activate(scope.Scope()):
            assert client.get(address).status_code == 200

    return open_page
