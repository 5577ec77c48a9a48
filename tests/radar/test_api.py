"""The radar through the API: the contract."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.audit.interface import Filters, audit
from apps.radar.services.signals import signal_delete
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
    with django_assert_max_num_queries(7):
        assert len(api_client.get("/api/v1/signals").json()["results"]) == 5


class TestRestore:
    def test_what_was_deleted_comes_back(self, api_client: Client, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            signal = radar.signal(title="Prices up")
        for path in (f"/api/v1/signals/{signal.id}", f"/api/v1/competitors/{signal.competitor_id}"):
            assert send(api_client, "POST", f"{path}/restore").status_code == 404
            send(api_client, "DELETE", path)
            answer = send(api_client, "POST", f"{path}/restore")
            assert answer.status_code == 200
            assert answer.json() == api_client.get(path).json()

    def test_a_signal_waits_for_its_competitor(self, api_client: Client, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            signal = radar.signal()
        send(api_client, "DELETE", f"/api/v1/signals/{signal.id}")
        send(api_client, "DELETE", f"/api/v1/competitors/{signal.competitor_id}")
        answer = send(api_client, "POST", f"/api/v1/signals/{signal.id}/restore")
        assert (answer.status_code, answer.json()["code"]) == (409, "competitor_gone")

    @pytest.mark.parametrize("row_id", ["nonsense", "0198c3e2-0000-7000-8000-000000000000"])
    def test_what_is_not_there(self, api_client: Client, row_id: str) -> None:
        assert send(api_client, "POST", f"/api/v1/signals/{row_id}/restore").status_code == 404

    def test_a_row_of_another_workspace_is_not_there(self, api_client: Client, other_tenant: Tenant) -> None:
        with tenancy.scope_of(other_tenant):
            foreign = radar.signal()
            signal_delete(signal_id=foreign.id)
        assert send(api_client, "POST", f"/api/v1/signals/{foreign.id}/restore").status_code == 404

    def test_a_viewers_key_may_not(self, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            signal = radar.signal()
        client = tenancy.api_client(tenant, role="viewer")
        assert send(client, "POST", f"/api/v1/signals/{signal.id}/restore").status_code == 403


class TestParameters:
    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ("kind=gossip", "kind"),
            ("competitor=x", "competitor"),
            ("seen_since=soon", "seen_since"),
            ("sort=x", "sort"),
            ("search=a%00b", "search"),
            ("importance=4", "importance"),
            ("colour=red", "colour"),
            ("Kind=price", "Kind"),
            ("page_size=0", "page_size"),
            ("cursor=zz", "cursor"),
        ],
    )
    def test_what_is_not_understood_is_refused_by_name(
        self, api_client: Client, query: str, name: str
    ) -> None:
        answer = api_client.get(f"/api/v1/signals?{query}")
        assert answer.status_code == 400
        assert answer.json()["code"] == "invalid"
        assert list(answer.json()["errors"]) == [name]

    def test_a_single_row_takes_none(self, api_client: Client, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            signal = radar.signal()
        answer = api_client.get(f"/api/v1/signals/{signal.id}?kind=price")
        assert list(answer.json()["errors"]) == ["kind"]


def test_filters_order_and_pages_are_described(db: None) -> None:
    schema = Client().get("/api/v1/openapi.json").json()
    parameters = {found["name"]: found for found in schema["paths"]["/api/v1/signals"]["get"]["parameters"]}

    assert parameters.keys() == {
        "search",
        "kind",
        "importance",
        "competitor",
        "seen_since",
        "sort",
        "cursor",
        "page_size",
    }
    assert "-importance" in parameters["sort"]["schema"]["enum"]
