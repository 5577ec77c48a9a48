"""What was refused is an entry too, and nobody can fill the log with it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.audit import interface
from apps.audit.interface import Filters, audit, record_attempt
from apps.tenancy.models import Tenant
from tests.factories import tenancy as workspaces

SignIn = Callable[[Any], Client]


def denied(tenant: Tenant) -> list[str]:
    with workspaces.scope_of(tenant):
        return [
            entry.sentence for entry in audit().list_entries(filters=Filters(action="access.denied")).entries
        ]


def attempt(permission: str = "audit.read") -> None:
    record_attempt(
        action="access.denied", target_type="permission", target_id=None, after={"permission": permission}
    )


def test_a_member_who_lacks_a_permission_is_recorded(tenant: Tenant, member: Any, signed_in: SignIn) -> None:
    viewer = member("viewer", name="Vera View")
    assert signed_in(viewer).get(reverse("audit:list", args=[tenant.slug])).status_code == 403
    assert denied(tenant) == ["Vera View tried without permission: Read the audit log."]


def test_a_key_that_lacks_a_permission_is_recorded(tenant: Tenant) -> None:
    viewer = workspaces.api_client(tenant, role="viewer")
    answer = viewer.post("/api/v1/invitations", {}, content_type="application/json")
    assert answer.status_code == 403
    assert len(denied(tenant)) == 1


def test_a_key_that_is_narrowed_to_less_is_recorded(tenant: Tenant) -> None:
    narrowed = workspaces.api_client(tenant, scopes=["members.read"])
    for _time in range(2):
        assert narrowed.post("/api/v1/notifications/read-all").json()["code"] == "key_is_narrowed"
    assert narrowed.get("/api/v1/invitations").json()["code"] == "permission_denied"
    assert [sentence.partition(": ")[2] for sentence in denied(tenant)] == [
        "Invite members.",
        "POST /api/v1/notifications/read-all.",
    ]


def test_the_same_attempt_is_recorded_once_in_a_while(
    tenant: Tenant, other_tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        for _time in range(3):
            attempt()
        attempt("billing.manage")
    with as_tenant(other_tenant):
        attempt()
    assert len(denied(tenant)) == 2
    assert len(denied(other_tenant)) == 1


def test_nobody_fills_the_log(tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interface, "ATTEMPTS_AT_MOST", 3)
    with as_tenant(tenant):
        for number in range(10):
            attempt(f"permission.{number}")
    assert len(denied(tenant)) == 3


def test_a_counter_that_expires_meanwhile_stops_nothing(
    tenant: Tenant, as_tenant: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interface, "ATTEMPTS_APART", timedelta(0))
    with as_tenant(tenant):
        attempt()
    assert len(denied(tenant)) == 1


@pytest.mark.django_db(transaction=True)
def test_it_does_not_fall_with_what_was_tried(tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant):
        with pytest.raises(ValueError, match="undone"), transaction.atomic():
            raise ValueError("undone")
        attempt()
        with pytest.raises(RuntimeError), transaction.atomic():
            attempt("billing.manage")
    assert len(denied(tenant)) == 1
