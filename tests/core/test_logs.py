"""What a line of the log carries."""

from collections.abc import Callable

import pytest
from django.test import Client
from structlog.testing import capture_logs

from apps.accounts.models import User
from apps.core import scope
from apps.core.ids import new_id
from apps.core.logs import add_scope
from apps.tenancy.models import Tenant


def test_a_line_carries_request_tenant_and_actor() -> None:
    tenant_id, user_id = new_id(), new_id()
    actor = scope.Actor(kind="person", id=user_id, label="Ana Ruiz")

    with scope.use(tenant_id=tenant_id, actor=actor, request_id="a-request"):
        line = add_scope(None, "", {"event": "something"})

    assert line == {
        "event": "something",
        "request_id": "a-request",
        "tenant_id": str(tenant_id),
        "actor": f"person:{user_id}",
    }


def test_a_request_is_noted_in_its_scope_and_without_what_its_address_carries(
    tenant: Tenant,
    member: Callable[..., User],
    signed_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[scope.Scope] = []
    monkeypatch.setattr(
        "apps.core.http.access_log.log.info", lambda *_, **__: seen.append(scope.current()), raising=False
    )
    signed_in(member()).get(f"/w/{tenant.slug}/members/")

    assert [(now.tenant_id, now.actor.kind) for now in seen] == [(tenant.id, "person")]


@pytest.mark.django_db
def test_an_addresss_secret_is_not_noted(client: Client) -> None:
    with capture_logs() as lines:
        client.get("/invitations/a-secret-token/")

    assert any(line["event"] == "request.answered" for line in lines)
    assert "a-secret-token" not in str(lines)
