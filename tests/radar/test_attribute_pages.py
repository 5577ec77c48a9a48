"""Attributes in the browser and in the API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.radar.models import Attribute, Signal
from apps.radar.selectors.attributes import attributes
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy


@pytest.fixture
def home(tenant: Tenant) -> str:
    return f"/w/{tenant.slug}/signals/"


@pytest.fixture
def ana(member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
    """An owner's browser."""
    return signed_in(member("owner"))


@pytest.fixture
def region(tenant: Tenant) -> Attribute:
    with tenancy.scope_of(tenant):
        return radar.attribute("choice", name="Region <b>")


@pytest.fixture
def signal(tenant: Tenant, region: Attribute) -> Signal:
    with tenancy.scope_of(tenant):
        return radar.signal(title="Prices up", attributes={region.slug: "EMEA"})


def text(answer: Any) -> str:
    return str(answer.content.decode())


def typed(signal: Signal, **changed: str) -> dict[str, Any]:
    return {
        "competitor": signal.competitor_id,
        "title": signal.title,
        "kind": signal.kind,
        "importance": signal.importance,
        "seen_at": f"{signal.seen_at:%Y-%m-%dT%H:%M}",
        **changed,
    }


def test_one_is_added_filled_in_and_shown(ana: Client, home: str, signal: Signal, region: Attribute) -> None:
    assert "No attributes yet" not in text(ana.get(f"{home}attributes/"))
    answer = ana.post(f"{home}attributes/add/", {"name": "Owner", "kind": "text"}, follow=True)
    assert "Owner can be filled in now." in text(answer)

    change = f"{home}{signal.id}/change/"
    assert 'name="attr.owner"' in text(ana.get(change))
    page = text(
        ana.post(change, typed(signal, **{"attr.owner": "<Ana>", f"attr.{region.slug}": "APAC"}), follow=True)
    )
    assert "&lt;Ana&gt;" in page
    assert "APAC" in page
    assert "Region &lt;b&gt;" in page
    listed = text(ana.get(f"{home}?attr.owner=%3Cana%3E&sort=-attr.owner"))
    assert "Prices up" in listed
    assert "More filters" in listed
    assert ">Any</option>" in listed


def test_a_fault_is_said_at_its_field(ana: Client, home: str, signal: Signal, region: Attribute) -> None:
    answer = ana.post(f"{home}{signal.id}/change/", typed(signal, **{f"attr.{region.slug}": "Mars"}))
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {f"attr.{region.slug}"}
    answer = ana.post(f"{home}attributes/add/", {"name": "region <B>", "kind": "text"})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"name"}
    answer = ana.post(f"{home}attributes/add/", {"name": "A", "kind": "choice", "choices": " "})
    assert answer.context["form"].errors.keys() == {"choices"}


def test_changing_the_kind_shows_first_what_is_lost(
    ana: Client, home: str, tenant: Tenant, signal: Signal, region: Attribute
) -> None:
    address = f"{home}attributes/{region.id}/change/"
    preview = ana.post(address, {"name": "Size", "kind": "number"})
    assert "1 value doesn't fit" in text(preview).replace("&#x27;", "'")
    assert f"{home}{signal.id}/change/" in text(preview)
    with tenancy.scope_of(tenant):
        assert attributes().get().kind == "choice"

    assert ana.post(address, {"name": "Size", "kind": "number", "drop": "yes"}).status_code == 302
    with tenancy.scope_of(tenant):
        changed = attributes().get()
    assert (changed.name, changed.kind, changed.slug) == ("Size", "number", region.slug)


def test_moving_deleting_and_undoing(ana: Client, home: str, tenant: Tenant, region: Attribute) -> None:
    with tenancy.scope_of(tenant):
        other = radar.attribute()
    ana.post(f"{home}attributes/{other.id}/move/", {"to": "up"})
    with tenancy.scope_of(tenant):
        assert list(attributes()) == [other, region]
    page = ana.post(f"{home}attributes/{other.id}/delete/", follow=True)
    undo = f"{home}attributes/{other.id}/restore/"
    assert undo in text(page)
    ana.post(undo)
    with tenancy.scope_of(tenant):
        assert list(attributes()) == [other, region]


@pytest.mark.parametrize("path", ["", "add/", "{id}/change/"])
def test_members_may_not_configure(
    member: Callable[..., User], signed_in: Callable[[User], Client], home: str, region: Attribute, path: str
) -> None:
    client = signed_in(member("member"))
    assert client.get(f"{home}attributes/{path.format(id=region.id)}").status_code == 403
    assert "/attributes/" not in text(client.get(home))


def test_queries_of_a_narrowed_list(
    ana: Client, home: str, signal: Signal, region: Attribute, django_assert_max_num_queries: Any
) -> None:
    address = f"{home}?search=prices&attr.{region.slug}=EMEA&sort=attr.{region.slug}"
    ana.get(address)
    with django_assert_max_num_queries(8):
        assert "Prices up" in text(ana.get(address))


class TestApi:
    def test_describing_the_api_takes_no_order_away(self, api_client: Client, region: Attribute) -> None:
        assert api_client.get("/api/v1/openapi.json").status_code == 200
        assert api_client.get(f"/api/v1/signals?sort=attr.{region.slug}").status_code == 200

    def send(self, client: Client, method: str, path: str, body: Any) -> Any:
        return client.generic(method, path, json.dumps(body), content_type="application/json")

    def test_values_are_read_written_and_asked_for(
        self, api_client: Client, signal: Signal, region: Attribute
    ) -> None:
        path = f"/api/v1/signals/{signal.id}"
        assert api_client.get(path).json()["attributes"] == {region.slug: "EMEA"}
        changed = self.send(api_client, "PATCH", path, {"attributes": {region.slug: "apac"}})
        assert changed.json()["attributes"] == {region.slug: "APAC"}
        answer = api_client.get(f"/api/v1/signals?attr.{region.slug}=apac")
        assert answer.status_code == 200, answer.json()
        found = answer.json()["results"]
        assert [row["id"] for row in found] == [str(signal.id)]
        assert api_client.get(f"/api/v1/signals?attr.{region.slug}=EMEA").json()["results"] == []
        made = api_client.get("/api/v1/attributes").json()
        assert made[0] | {"id": ""} == {
            "id": "",
            "slug": region.slug,
            "name": "Region <b>",
            "kind": "choice",
            "choices": ["EMEA", "Americas", "APAC"],
        }

    @pytest.mark.parametrize(
        "given",
        [{"region-b": "Mars"}, {"region-b": {"a": 1}}, {"nothing": 1}, [], "x", 1, {"region-b": ["EMEA"]}],
    )
    def test_hostile_values_are_refused(
        self, api_client: Client, signal: Signal, region: Attribute, given: Any
    ) -> None:
        answer = self.send(api_client, "PATCH", f"/api/v1/signals/{signal.id}", {"attributes": given})
        assert answer.status_code == 400
        assert answer.json()["errors"]

    def test_null_takes_one_away(self, api_client: Client, signal: Signal, region: Attribute) -> None:
        path = f"/api/v1/signals/{signal.id}"
        changed = self.send(api_client, "PATCH", path, {"attributes": {region.slug: None}})
        assert changed.json()["attributes"] == {region.slug: None}


def test_a_download_has_them_as_columns(ana: Client, home: str, signal: Signal, region: Attribute) -> None:
    answer = ana.get(f"{home}export/?attr.{region.slug}=EMEA")
    header, row = b"".join(answer.streaming_content).decode().strip().splitlines()  # type: ignore[attr-defined]
    assert header.endswith(f",attr.{region.slug}")
    assert row.endswith(",EMEA")
