"""What an operator does about parked deliveries without the back office."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from apps.core import clock, scope
from apps.events.models import Delivery, OutboxEvent
from apps.tenancy.models import Tenant


@pytest.fixture
def parked(tenant: Tenant) -> list[Delivery]:
    with scope.as_role("platform"), transaction.atomic():
        event = OutboxEvent.objects.filter(tenant_id=tenant.id).earliest("id")
        return [
            Delivery.objects.create(
                event=event,
                consumer=f"tests.{name}",
                attempts=9,
                parked_at=clock.now(),
                error="Traceback:\nLookupError: No luck.",
            )
            for name in ("greet", "count")
        ]


def said(*arguments: Any, **options: Any) -> str:
    output = StringIO()
    call_command("deliveries", *arguments, **options, stdout=output)
    return output.getvalue()


def states(deliveries: list[Delivery]) -> list[str]:
    with scope.as_role("platform"):
        return [Delivery.objects.get(id=delivery.id).state for delivery in deliveries]


def test_they_are_listed_with_their_error(parked: list[Delivery]) -> None:
    newest, oldest = said("--state", "parked").splitlines()
    assert newest.startswith(str(parked[1].id))
    assert "tests.greet" in oldest
    assert oldest.endswith("tries: 9  LookupError: No luck.")
    assert said("--state", "delivered") == ""


def test_one_is_replayed(parked: list[Delivery]) -> None:
    assert said("replay", str(parked[0].id)) == "1 deliveries run again.\n"
    assert states(parked) == ["waiting", "parked"]


def test_all_are_discarded_but_not_by_mistake(parked: list[Delivery]) -> None:
    assert said("discard").endswith("2 deliveries would be discarded. Add --yes to do it.\n")
    assert states(parked) == ["parked", "parked"]
    assert said("discard", "--yes") == "2 deliveries discarded.\n"
    assert states(parked) == ["discarded", "discarded"]
    assert said("replay") == "0 deliveries run again.\n"
