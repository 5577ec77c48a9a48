"""The radar through the API: the contract."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.audit.interface import Filters, audit
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy

JSON = "application/json"


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    return client.generic(method, path, "" if body is None else json.dumps(body), content_type=JSON)


def test_a_competitors_life(api_client: Client, tenant: Tenant) -> None:
    made = send(api_client, "POST", "/api/v1/competitors", {"name": " Acme "})
    assert made.status_code == 201
    competitor = made.json()
    assert competitor.keys() == {"id", "name", "website", "notes", "created_at"}
    assert competitor["name"] == "Acme"
    path = f"/api/v1/competitors/{competitor['id']}"

    assert send(api_client, "PATCH", path, {"notes": "Rival"}).json()["notes"] == "Rival"
    assert api_client.get(path).json()["notes"] == "Rival"
    assert api_client.get("/api/v1/competitors?search=ACM").json()["results"][0]["id"] == competitor["id"]
    assert send(api_client, "DELETE", path).status_code == 204
    assert api_client.get(path).status_code == 404
    with tenancy.scope_of(tenant):
        newest = audit().list_entries(filters=Filters()).entries[0]
    assert newest.sentence == "Test key deleted the competitor Acme."


def test_a_signals_life(api_client: Client, tenant: Tenant) -> None:
    with tenancy.scope_of(tenant):
        competitor = radar.competitor()
    body = {"competitor": str(competitor.id), "title": "Prices up", "kind": "price", "importance": 3}
    made = send(api_client, "POST", "/api/v1/signals", body)
    assert made.status_code == 201
    signal = made.json()
    assert signal["seen_at"].endswith("Z")
    assert body.items() <= signal.items()
    path = f"/api/v1/signals/{signal['id']}"

    changed = send(api_client, "PATCH", path, {"importance": 1, "seen_at": "2026-01-02T03:04:05+02:00"})
    assert (changed.json()["importance"], changed.json()["seen_at"]) == (1, "2026-01-02T01:04:05Z")
    assert send(api_client, "DELETE", path).status_code == 204
    assert send(api_client, "DELETE", path).status_code == 404


def test_a_taken_name_is_a_conflict(api_client: Client) -> None:
    send(api_client, "POST", "/api/v1/competitors", {"name": "Acme"})
    answer = send(api_client, "POST", "/api/v1/competitors", {"name": "acme"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "competitor_exists"
    assert list(answer.json()["errors"]) == ["name"]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["C", "B", "A"]),
        ("sort=title", ["A", "B", "C"]),
        ("sort=-importance", ["B", "C", "A"]),
        ("kind=price", ["A"]),
        ("importance=3", ["B"]),
        ("search=c", ["C"]),
        ("seen_since=2020-01-01&sort=-title", ["C", "B", "A"]),
    ],
)
def test_filters_and_order(api_client: Client, tenant: Tenant, query: str, titles: list[str]) -> None:
    with tenancy.scope_of(tenant):
        competitor = radar.competitor().id
        radar.signal(competitor_id=competitor, title="A", kind="price", importance=1)
        radar.signal(competitor_id=competitor, title="B", kind="press", importance=3)
        radar.signal(competitor_id=competitor, title="C", kind="press", importance=2)
    results = api_client.get(f"/api/v1/signals?{query}").json()["results"]
    assert [found["title"] for found in results] == titles


def test_pages_link_both_ways(api_client: Client, tenant: Tenant) -> None:
    with tenancy.scope_of(tenant):
        for name in "ABC":
            radar.competitor(name=name)
    first = api_client.get("/api/v1/competitors?page_size=2").json()
    second = api_client.get(first["next"]).json()

    assert [row["name"] for row in [*first["results"], *second["results"]]] == ["A", "B", "C"]
    assert (first["previous"], second["next"]) == (None, None)
    assert api_client.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_row_of_another_workspace_is_not_there(
    api_client: Client, other_tenant: Tenant, method: str
) -> None:
    with tenancy.scope_of(other_tenant):
        foreign = radar.signal()
    for path in (f"/api/v1/signals/{foreign.id}", f"/api/v1/competitors/{foreign.competitor_id}"):
        assert send(api_client, method, path, {}).status_code == 404
    problem = api_client.get(f"/api/v1/signals?competitor={foreign.competitor_id}")
    assert list(problem.json()["errors"]) == ["competitor"]


def test_queries_of_a_list(api_client: Client, tenant: Tenant, django_assert_max_num_queries: Any) -> None:
    with tenancy.scope_of(tenant):
        competitor = radar.competitor().id
        for _number in range(5):
            radar.signal(competitor_id=competitor)
    api_client.get("/api/v1/signals")
    with django_assert_max_num_queries(5):
        assert len(api_client.get("/api/v1/signals").json()["results"]) == 5
