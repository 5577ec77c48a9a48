"""What staff see of outgoing webhooks."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.core import scope
from apps.tenancy.models import Tenant
from apps.webhooks.models import TEST, Attempt, Delivery, Endpoint, Message
from apps.webhooks.services.endpoints import secret_rotate
from tests.factories import webhooks

InTenant = Callable[..., AbstractContextManager[scope.Scope]]
ENDPOINTS, DELIVERIES = "/admin/webhooks/endpoint/", "/admin/webhooks/delivery/"


@pytest.fixture
def endpoint(tenant: Tenant, as_tenant: InTenant) -> Endpoint:
    with as_tenant(tenant):
        return webhooks.endpoint("https://hooks.example.com/in")


def shows(staff: Client, address: str, text: str) -> bool:
    return text in staff.get(address).content.decode()


def test_a_former_key_may_go_when_no_secret_is_made_of_it(
    staff: Client, endpoint: Endpoint, tenant: Tenant, as_tenant: InTenant, settings: Any
) -> None:
    present, former = f"{ENDPOINTS}?key=present", f"{ENDPOINTS}?key=former"
    assert shows(staff, present, endpoint.url)
    assert not shows(staff, former, endpoint.url)

    settings.WEBHOOKS_SECRET_FALLBACKS = [settings.WEBHOOKS_SECRET]
    settings.WEBHOOKS_SECRET = "another"
    assert shows(staff, former, endpoint.url)
    assert shows(staff, f"{ENDPOINTS}{endpoint.id}/change/", "Former")

    with as_tenant(tenant):
        secret_rotate(endpoint_id=endpoint.id)
    assert shows(staff, present, endpoint.url)
    assert not shows(staff, former, endpoint.url)


def test_a_key_that_went_too_early_is_told(staff: Client, endpoint: Endpoint, settings: Any) -> None:
    settings.WEBHOOKS_SECRET = "another"
    assert shows(staff, f"{ENDPOINTS}{endpoint.id}/change/", "Removed")


def test_failures_are_counted_and_the_last_answer_is_shown(
    staff: Client, endpoint: Endpoint, tenant: Tenant, as_tenant: InTenant
) -> None:
    with as_tenant(tenant), transaction.atomic():
        message = Message.objects.create(event=TEST, body="{}")
        for state in (Delivery.State.FAILED, Delivery.State.FAILED, Delivery.State.DELIVERED):
            delivery = Delivery.objects.create(endpoint=endpoint, message=message, state=state)
        for status, milliseconds in ((503, 41), (204, 42)):
            Attempt.objects.create(
                delivery=delivery, url=endpoint.url, status=status, milliseconds=milliseconds
            )

    assert shows(staff, ENDPOINTS, '<td class="field-failed">2</td>')
    listed = staff.get(f"{DELIVERIES}?state=delivered").content.decode()
    assert '<td class="field-status">204</td><td class="field-milliseconds">42</td>' in listed
    page = staff.get(f"{DELIVERIES}{delivery.id}/change/").content.decode()
    assert "503" in page
    assert "204" in page
