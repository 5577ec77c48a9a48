"""/healthz asks the process, /readyz what it depends on."""

import pytest
from django.core.cache import cache
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from redis.exceptions import ConnectionError as ValkeyConnectionError

from apps.core import scope

pytestmark = pytest.mark.django_db


def test_the_process_is_well_without_asking_anything(
    client: Client, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").json() == {"status": "ok"}


def test_everything_is_ready(client: Client) -> None:
    assert client.get("/readyz").json() == {
        "status": "ok",
        "checks": {"database": "ok", "role": "ok", "valkey": "ok", "migrations": "ok"},
    }


def test_valkey_down_is_named_and_takes_no_server_out(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ValkeyConnectionError("refused")

    monkeypatch.setattr(cache, "get", refuse, raising=False)

    response = client.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert response.json()["checks"]["valkey"].startswith("failed")


def test_a_migration_that_was_not_applied_is_noticed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    build = MigrationLoader.build_graph

    def with_one_more(self: MigrationLoader) -> None:
        build(self)
        self.disk_migrations[("audit", "9999_new")] = object()  # type: ignore[assignment]

    monkeypatch.setattr(MigrationLoader, "build_graph", with_one_more)

    assert client.get("/readyz").json()["checks"]["migrations"].startswith("failed")


def test_another_role_than_the_applications_is_not_ready(db: None) -> None:
    from apps.core.db import readiness
    from apps.core.db.session import PrivilegedLogin

    with scope.as_role("platform"), pytest.raises(PrivilegedLogin, match="tenon_platform"):
        readiness.role()


def test_probes_come_by_address_and_not_by_name(client: Client) -> None:
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/readyz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
