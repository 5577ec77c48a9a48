"""The back office's first page: what waits for staff, of all workspaces, with the way to it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.billing.models import Drift, UsageEvent
from apps.core import clock, scope
from apps.events.models import Delivery, OutboxEvent
from apps.jobs.models import Task
from apps.tenancy.models import Tenant
from tests.factories import billing


def waiting(staff: Client) -> dict[str, tuple[str, int]]:
    """Return what the page counts: of each kind, where it leads and how many there are."""
    page = staff.get("/admin/").content.decode()
    rows = re.findall(r'<a href="([^"]+\?[^"]+)">([^<]+)</a></th>.*?<td class="num">(\d+)', page, re.S)
    return {label: (unescape(url), int(count)) for url, label, count in rows}


@pytest.fixture
def full(tenant: Tenant, as_tenant: Any) -> None:
    """Of everything one that waits, and one that does not."""
    now = clock.now()
    with as_tenant(tenant), transaction.atomic():
        account = billing.account("cus_1")
        billing.dispute(account, stripe_id="du_waits")
        billing.dispute(account, stripe_id="du_reviewed", needs_answer=False, status="under_review")
        for days in (1, 8):
            Drift.objects.create(account=account, differences=[], found_at=now - timedelta(days=days))
        for state in ("parked", "sent"):
            UsageEvent.objects.create(
                meter="checks", quantity=5, identifier=state, occurred_at=now, state=state
            )
    billing.event("cus_1", event_id="evt_waits", state="parked")
    billing.event("cus_1", event_id="evt_done", state="done")
    with scope.as_role("platform"), transaction.atomic():
        event = OutboxEvent.objects.filter(tenant_id=tenant.id).earliest("id")
        for consumer, moments in {
            "radar.waits": {"parked_at": now},
            "radar.discarded": {"parked_at": now, "discarded_at": now},
        }.items():
            Delivery.objects.create(event=event, consumer=consumer, **moments)
        for state in (Task.State.DEAD, Task.State.DONE):
            Task.objects.create(name="jobs.prune", queue="default", tenant_id=tenant.id, state=state)


def test_what_waits_is_counted_and_its_list_shows_no_other(staff: Client, full: None) -> None:
    found = waiting(staff)

    assert {label: count for label, (_url, count) in found.items()} == {
        "Deliveries": 1,
        "Differences from Stripe": 1,
        "Disputes": 1,
        "Events of Stripe": 1,
        "Tasks": 1,
        "Usage": 1,
    }
    for url, _count in found.values():
        answer = staff.get(url)
        assert (answer.status_code, answer.context["cl"].result_count) == (200, 1)
    assert "du_waits" not in found["Disputes"][0]
    assert staff.get(found["Disputes"][0]).context["cl"].result_list[0].stripe_id == "du_waits"


def test_the_page_says_nothing_of_it_while_nothing_waits(staff: Client, db: None) -> None:
    assert waiting(staff) == {}
    assert "Needs attention" not in staff.get("/admin/").content.decode()
