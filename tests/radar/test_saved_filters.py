"""Filters of the list of signals under a name: one's own and shared ones."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import scope
from apps.core.errors import Conflict, Invalid, NotFound, PermissionDenied
from apps.radar import selectors
from apps.radar.interface import SavedFilterExists
from apps.radar.models import SavedFilter
from apps.radar.services import saved_filters as services
from apps.radar.services.competitors import competitor_delete
from apps.radar.services.saved_filters import saved_filter_add, saved_filter_change, saved_filter_delete
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy


def names() -> list[str]:
    return [row.name for row in selectors.saved_filters()]


class TestServices:
    def test_ones_own_come_first_and_others_see_what_is_shared(self, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant, "member"):
            saved_filter_add(name="Mine", query="kind=price")
            saved_filter_add(name="All of us", query="", is_shared=True)
            assert names() == ["Mine", "All of us"]
            entry = audit().list_entries(filters=Filters()).entries[0]
            assert entry.sentence.endswith("shared the filter All of us with the workspace.")
        with tenancy.scope_of(tenant, "viewer"):
            assert names() == ["All of us"]

    def test_another_workspace_sees_none(self, tenant: Tenant, other_tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            saved = saved_filter_add(name="Ours", query="", is_shared=True)
        with tenancy.scope_of(other_tenant):
            assert not names()
            for act in (saved_filter_change, saved_filter_delete):
                with pytest.raises(NotFound):
                    act(saved_filter_id=saved.id)

    def test_a_name_is_taken_once_among_those_who_see_it(self, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant, "member"):
            saved_filter_add(name="Prices", query="")
            saved_filter_add(name="Prices", query="", is_shared=True)
            other = saved_filter_add(name="Other", query="")
            with pytest.raises(SavedFilterExists):
                saved_filter_add(name="PRICES", query="")
            with pytest.raises(SavedFilterExists):
                saved_filter_change(saved_filter_id=other.id, name="Prices")
        with tenancy.scope_of(tenant, "admin"):
            saved_filter_add(name="Prices", query="")

    def test_there_is_one_default_of_each_sort(self, in_tenant: scope.Scope) -> None:
        first = saved_filter_add(name="A", query="", is_default=True)
        saved_filter_add(name="B", query="", is_default=True)
        saved_filter_add(name="C", query="", is_default=True, is_shared=True)
        assert [row.name for row in selectors.saved_filters() if row.is_default] == ["B", "C"]
        saved_filter_change(saved_filter_id=first.id, is_default=True)
        assert [row.name for row in selectors.saved_filters() if row.is_default] == ["A", "C"]

    def test_a_viewer_keeps_filters_and_shares_none(self, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant, "member"):
            shared = saved_filter_add(name="Ours", query="", is_shared=True)
        with tenancy.scope_of(tenant, "viewer"):
            mine = saved_filter_add(name="Mine", query="")
            for act in (
                lambda: saved_filter_add(name="X", query="", is_shared=True),
                lambda: saved_filter_change(saved_filter_id=mine.id, is_shared=True),
                lambda: saved_filter_change(saved_filter_id=shared.id, name="Mine now"),
                lambda: saved_filter_delete(saved_filter_id=shared.id),
            ):
                with pytest.raises(PermissionDenied):
                    act()
            assert names() == ["Mine", "Ours"]

    def test_somebody_elses_is_not_there(self, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant, "member"):
            saved = saved_filter_add(name="Mine", query="")
        with tenancy.scope_of(tenant, "owner"), pytest.raises(NotFound):
            saved_filter_delete(saved_filter_id=saved.id)

    @pytest.mark.parametrize("values", [{"name": ""}, {"name": "x" * 61}, {"query": "x" * 2001}])
    def test_nonsense_is_refused(self, in_tenant: scope.Scope, values: dict[str, str]) -> None:
        with pytest.raises(Invalid):
            saved_filter_add(**{"name": "A", "query": ""} | values)

    def test_too_many_are_refused(self, in_tenant: scope.Scope, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "MOST", 1)
        saved_filter_add(name="A", query="")
        with pytest.raises(Conflict):
            saved_filter_add(name="B", query="")


class TestPages:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}/signals/"

    @pytest.fixture
    def ana(self, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
        return signed_in(member("owner"))

    def save(self, client: Client, home: str, **values: str) -> SavedFilter:
        given = {"name": "Prices", "list": "kind=price&cursor=x&search=&evil=1"} | values
        page = client.post(f"{home}filters/add/", given, follow=True)
        assert page.status_code == 200
        found = page.context["tabs"].current
        assert isinstance(found, SavedFilter)
        return found

    def test_the_present_filter_is_saved_and_shown_as_a_tab(
        self, ana: Client, home: str, in_tenant: scope.Scope
    ) -> None:
        saved = self.save(ana, home)
        assert saved.query == "kind=price&search="
        page = ana.get(home)
        assert ">Prices</a>" in page.content.decode()
        assert "Save filter" not in page.content.decode()
        assert "Save filter" in ana.get(f"{home}?kind=press").content.decode()
        assert "Kind: Press" in ana.get(f"{home}filters/add/?list=kind%3Dpress").content.decode()

    def test_the_default_opens_and_everything_is_a_tab_away(self, ana: Client, home: str) -> None:
        saved = self.save(ana, home, is_default="on")
        assert ana.get(home)["Location"] == f"{home}?{saved.query}&saved={saved.id}"
        page = ana.get(f"{home}?view=all")
        assert page.status_code == 200
        assert page.context["tabs"].current is None

    def test_it_takes_what_the_list_shows_now(self, ana: Client, home: str) -> None:
        saved = self.save(ana, home)
        place = f"{home}filters/{saved.id}/"
        assert "Keep what the list shows now" in ana.get(f"{place}?list=kind%3Dpress").content.decode()
        ana.post(place, {"name": "Press", "list": "kind=press", "takes_present": "yes"})
        assert ana.get(f"{home}?saved={saved.id}").context["tabs"].current.query == "kind=press"
        ana.post(place, {"name": "Renamed", "list": "kind=hiring"})
        found = ana.get(f"{home}?saved={saved.id}").context["tabs"].current
        assert (found.name, found.query) == ("Renamed", "kind=press")

    def test_a_taken_name_is_said_at_its_field(self, ana: Client, home: str) -> None:
        self.save(ana, home)
        answer = ana.post(f"{home}filters/add/", {"name": "prices"})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"name"}

    def test_what_it_asks_for_may_be_gone(self, ana: Client, home: str, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            competitor = radar.competitor()
        saved = self.save(ana, home, list=f"competitor={competitor.id}")
        with tenancy.scope_of(tenant):
            competitor_delete(competitor_id=competitor.id)
        for query in (f"competitor={competitor.id}&saved={saved.id}", f"gone=1&saved={saved.id}"):
            answer = ana.get(f"{home}?{query}")
            assert answer.status_code == 422
            assert "This list can’t be shown" in answer.content.decode()
        assert "gone" in answer.content.decode()

    def test_it_is_deleted(self, ana: Client, home: str) -> None:
        saved = self.save(ana, home)
        page = ana.post(f"{home}filters/{saved.id}/delete/", follow=True)
        assert "The filter Prices was deleted." in page.content.decode()
        assert ana.get(f"{home}?saved={saved.id}").status_code == 200

    def test_a_viewer_is_not_offered_to_share(
        self, member: Callable[..., User], signed_in: Any, home: str
    ) -> None:
        viewer = signed_in(member("viewer"))
        assert 'name="is_shared"' not in viewer.get(f"{home}filters/add/").content.decode()
        saved = self.save(viewer, home, is_shared="on")
        assert not saved.is_shared
