"""What staff do with deliveries of events that were parked."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.audit.models import AuditEntry
from apps.core import clock, scope
from apps.events.models import Delivery, OutboxEvent
from apps.tenancy.models import Tenant

PLACE = "/admin/events/delivery/"


@pytest.fixture
def parked(tenant: Tenant) -> Delivery:
    with scope.as_role("platform"), transaction.atomic():
        event = OutboxEvent.objects.filter(tenant_id=tenant.id).earliest("id")
        return Delivery.objects.create(
            event=event, consumer="radar.test", attempts=10, parked_at=clock.now(), error="No answer"
        )


def decide(staff: Client, action: str, delivery: Delivery) -> Delivery:
    answer = staff.post(PLACE, {"action": action, "_selected_action": str(delivery.id)}, follow=True)
    assert answer.status_code == 200
    with scope.as_role("platform"):
        return Delivery.objects.get(id=delivery.id)


def decisions(entries: list[AuditEntry]) -> list[Any]:
    changes = [entry for entry in entries if entry.action == "backoffice.changed"]
    return [(entry.tenant_id, entry.target_id, entry.detail.after) for entry in changes]


def test_a_replayed_one_is_tried_from_the_first_try_on(
    staff: Client, tenant: Tenant, parked: Delivery, recorded: Any
) -> None:
    after = decide(staff, "replay", parked)
    assert (after.parked_at, after.attempts, after.error) == (None, 0, "")
    assert after.due_at <= clock.now()
    assert decisions(recorded()) == [(tenant.id, parked.id, {"decision": "replay"})]


def test_a_discarded_one_stays_parked_and_is_decided_once(
    staff: Client, tenant: Tenant, parked: Delivery, recorded: Any
) -> None:
    after = decide(staff, "discard", parked)
    assert after.parked_at == parked.parked_at
    assert after.discarded_at is not None
    assert decide(staff, "discard", parked).discarded_at == after.discarded_at
    assert decide(staff, "replay", parked).parked_at == parked.parked_at
    assert str(parked.id) in staff.get(f"{PLACE}?state=discarded").content.decode()
    assert str(parked.id) not in staff.get(f"{PLACE}?state=parked").content.decode()
    assert decisions(recorded()) == [(tenant.id, parked.id, {"decision": "discard"})]


@pytest.mark.parametrize("action", ["replay", "discard"])
def test_what_is_not_parked_is_left_alone(
    staff: Client, parked: Delivery, recorded: Any, action: str
) -> None:
    with scope.as_role("platform"), transaction.atomic():
        Delivery.objects.update(parked_at=None, attempts=3)
    after = decide(staff, action, parked)
    assert (after.attempts, after.discarded_at) == (3, None)
    assert decisions(recorded()) == []


def test_a_discarded_one_lets_the_next_of_its_lane_go_on(
    staff: Client, parked: Delivery, other_tenant: Tenant
) -> None:
    with scope.as_role("platform"), transaction.atomic():
        Delivery.objects.update(lane="shelf:1", seq=1)
        following = Delivery.objects.create(
            event=OutboxEvent.objects.filter(tenant_id=other_tenant.id).earliest("id"),
            consumer=parked.consumer,
            lane="shelf:1",
            seq=2,
            due_at=None,
        )
    decide(staff, "discard", parked)
    with scope.as_role("platform"):
        following.refresh_from_db()
    assert following.due_at is not None
