"""The pages of the radar, in each of their states."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import clock
from apps.radar import selectors
from apps.radar.models import Competitor, Signal
from apps.radar.services.signals import signal_delete
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy

MOST_QUERIES = 8


@pytest.fixture
def home(tenant: Tenant) -> str:
    return f"/w/{tenant.slug}"


@pytest.fixture
def ana(tenant: Tenant, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
    """An owner's browser."""
    return signed_in(member("owner"))


@pytest.fixture
def viewer(member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
    return signed_in(member("viewer"))


@pytest.fixture
def signal(tenant: Tenant) -> Signal:
    with tenancy.scope_of(tenant):
        competitor = radar.competitor(name="Acme & Sons")
        return radar.signal(competitor_id=competitor.id, title="Prices <up>", kind="price", importance=3)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_competitor_is_added_and_recorded(ana: Client, home: str, tenant: Tenant) -> None:
    answer = ana.post(f"{home}/competitors/add/", {"name": "Acme"}, follow=True)

    assert answer.status_code == 200
    assert "Acme is on your radar." in text(answer)
    assert "Acme" in text(ana.get(f"{home}/competitors/"))
    with tenancy.scope_of(tenant):
        newest = audit().list_entries(filters=Filters()).entries[0]
    assert newest.sentence.endswith("added the competitor Acme.")


class TestEmpty:
    @pytest.mark.parametrize("path", ["/", "/competitors/"])
    def test_first_use_leads_to_a_first_competitor(self, ana: Client, home: str, path: str) -> None:
        page = text(ana.get(home + path))
        assert "No competitors yet" in page
        assert f"{home}/competitors/add/" in page

    def test_a_signal_needs_a_competitor_first(self, ana: Client, home: str) -> None:
        assert "First, a competitor" in text(ana.get(f"{home}/signals/add/"))

    @pytest.mark.parametrize("path", ["/competitors/", "/signals/"])
    def test_a_search_without_a_hit_can_be_cleared(
        self, ana: Client, home: str, signal: Signal, path: str
    ) -> None:
        page = text(ana.get(f"{home}{path}?search=zzz"))
        assert "match" in page
        assert "Clear" in page


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=PRICES", True),
            ("search=%25", False),
            ("kind=price&importance=3", True),
            ("kind=press", False),
            ("seen_since=2020-01-01", True),
            ("seen_since=9999-12-31", False),
            ("sort=title", True),
        ],
    )
    def test_the_address_narrows(
        self, ana: Client, home: str, signal: Signal, query: str, found: bool
    ) -> None:
        page = text(ana.get(f"{home}/signals/?{query}"))
        assert ("Prices &lt;up&gt;" in page) == found

    @pytest.mark.parametrize(
        "query", ["kind=gossip", "competitor=x", "seen_since=soon", "sort=x", "search=a%00b", "importance=²"]
    )
    def test_nonsense_is_said_at_its_field(self, ana: Client, home: str, signal: Signal, query: str) -> None:
        answer = ana.get(f"{home}/signals/?{query}")
        assert answer.status_code == 422
        assert "field-error" in text(answer)
        assert signal.title not in text(answer)
        assert "Clear" in text(answer)

    @pytest.mark.parametrize("path", ["/signals/", "/competitors/"])
    def test_a_made_up_cursor_is_explained_on_the_page(
        self, ana: Client, home: str, signal: Signal, path: str
    ) -> None:
        answer = ana.get(f"{home}{path}?cursor=zz")
        assert answer.status_code == 400
        assert "This page link is not valid." in text(answer)
        assert "Start again" in text(answer)

    def test_a_page_that_was_emptied_shows_the_first_one(
        self, ana: Client, home: str, tenant: Tenant, signal: Signal
    ) -> None:
        with tenancy.scope_of(tenant):
            for _number in range(25):
                radar.signal(competitor_id=signal.competitor_id)
            cursor = ana.get(f"{home}/signals/").context["found"].page.next
            signal_delete(signal_id=signal.id)
        assert len(ana.get(f"{home}/signals/?cursor={cursor}").context["found"].page.rows) == 25

    def test_pages_keep_the_filter(self, ana: Client, home: str, tenant: Tenant, signal: Signal) -> None:
        with tenancy.scope_of(tenant):
            for _number in range(30):
                radar.signal(competitor_id=signal.competitor_id)
        page = ana.get(f"{home}/signals/?kind=press&sort=title").context["found"].page
        second = ana.get(f"{home}/signals/", {"kind": "press", "sort": "title", "cursor": page.next})

        assert len(page.rows) == 25
        assert len(second.context["found"].page.rows) == 5
        assert "kind=press&amp;sort=title&amp;cursor=" in text(second)


class TestForms:
    def test_a_fault_is_shown_with_what_was_typed(self, ana: Client, home: str) -> None:
        answer = ana.post(f"{home}/competitors/add/", {"name": "Typed", "website": "javascript:alert(1)"})
        assert answer.status_code == 422
        assert "field-error" in text(answer)
        assert "Typed" in text(answer)

    def test_a_taken_name_is_said_at_its_field(self, ana: Client, home: str, signal: Signal) -> None:
        answer = ana.post(f"{home}/competitors/add/", {"name": "acme & sons"})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"name"}

    def test_a_signal_is_added(self, ana: Client, home: str, signal: Signal) -> None:
        values = {
            "competitor": signal.competitor_id,
            "title": "Hires",
            "kind": "hiring",
            "importance": 2,
            "seen_at": "2026-01-02T10:00",
        }
        answer = ana.post(f"{home}/signals/add/", values, follow=True)
        assert "Signal added." in text(answer)

    @pytest.mark.parametrize("seen_at", ["9999-12-31T23:59", "0001-01-01T00:00", "soon"])
    def test_a_time_that_can_not_be(self, ana: Client, home: str, signal: Signal, seen_at: str) -> None:
        values = {"competitor": signal.competitor_id, "title": "A", "kind": "press", "importance": 2}
        answer = ana.post(f"{home}/signals/add/", values | {"seen_at": seen_at})
        assert answer.status_code == 422
        assert answer.context["form"].errors.keys() == {"seen_at"}

    def test_saving_without_a_change_records_nothing(
        self, ana: Client, home: str, tenant: Tenant, signal: Signal
    ) -> None:
        path = f"{home}/signals/{signal.id}/change/"
        typed = {
            "competitor": signal.competitor_id,
            "title": signal.title,
            "kind": signal.kind,
            "importance": signal.importance,
            "seen_at": f"{signal.seen_at:%Y-%m-%dT%H:%M}",
        }
        assert ana.post(path, typed).status_code == 302
        with tenancy.scope_of(tenant):
            assert audit().list_entries(filters=Filters()).entries[0].action == "radar.signal_added"

    @pytest.mark.parametrize("competitor", ["nonsense", "", "0198c3e2-0000-7000-8000-000000000000"])
    def test_the_address_may_name_any_competitor(
        self, ana: Client, home: str, signal: Signal, competitor: str
    ) -> None:
        assert ana.get(f"{home}/signals/add/?competitor={competitor}").status_code == 200


class TestUndo:
    @pytest.mark.parametrize("kind", ["competitor", "signal"])
    def test_the_toast_brings_it_back(
        self, ana: Client, home: str, tenant: Tenant, signal: Signal, kind: str
    ) -> None:
        row_id = signal.id if kind == "signal" else signal.competitor_id
        page = ana.post(f"{home}/{kind}s/{row_id}/delete/", follow=True)
        undo = f"{home}/{kind}s/{row_id}/restore/"

        assert undo in text(page)
        assert ana.get(f"{home}/{kind}s/{row_id}/").status_code == 404
        assert ana.post(undo, follow=True).status_code == 200
        with tenancy.scope_of(tenant):
            assert selectors.signal(signal.id) == signal

    @pytest.mark.parametrize("kind", ["competitor", "signal"])
    def test_the_list_stays_as_it_was_filtered(
        self, ana: Client, home: str, signal: Signal, kind: str
    ) -> None:
        row_id = signal.id if kind == "signal" else signal.competitor_id
        query = "search=a+%26+b&sort=" + ("title" if kind == "signal" else "-name")
        answer = ana.post(f"{home}/{kind}s/{row_id}/delete/", {"list": query})
        assert answer["Location"] == f"{home}/{kind}s/?{query}"
        undo = ana.get(answer["Location"]).context["messages"]._loaded_data[0].extra_tags
        assert ana.post(undo)["Location"] == f"{home}/{kind}s/?{query}"

    @pytest.mark.parametrize("given", ["//evil.example", "https://evil.example", "\r\nX: 1", "é"])
    def test_the_way_back_leads_nowhere_else(
        self, ana: Client, home: str, signal: Signal, given: str
    ) -> None:
        answer = ana.post(f"{home}/signals/{signal.id}/delete/", {"list": given})
        assert answer["Location"].startswith(f"{home}/signals/")

    def test_reading_deletes_nothing(self, ana: Client, home: str, signal: Signal) -> None:
        assert ana.get(f"{home}/signals/{signal.id}/delete/").status_code == 405


class TestViewer:
    @pytest.mark.parametrize("path", ["/", "/signals/", "/competitors/"])
    def test_no_buttons_to_write(self, viewer: Client, home: str, signal: Signal, path: str) -> None:
        page = text(viewer.get(home + path))
        assert "/add/" not in page
        assert "/delete/" not in page

    def test_who_did_what_is_for_those_who_may_read_the_log(
        self, viewer: Client, ana: Client, home: str, signal: Signal
    ) -> None:
        assert "Who did what" not in text(viewer.get(f"{home}/"))
        assert "added a signal about Acme &amp; Sons" in text(ana.get(f"{home}/"))

    def test_writing_is_refused(self, viewer: Client, home: str, signal: Signal) -> None:
        assert viewer.get(f"{home}/signals/add/").status_code == 403
        assert viewer.post(f"{home}/signals/{signal.id}/delete/").status_code == 403


@pytest.mark.parametrize("kind", ["competitor", "signal"])
@pytest.mark.parametrize("action", ["", "change/", "delete/", "restore/"])
def test_a_row_of_another_workspace_is_not_there(
    ana: Client, home: str, other_tenant: Tenant, kind: str, action: str
) -> None:
    with tenancy.scope_of(other_tenant):
        foreign: Competitor | Signal = radar.signal() if kind == "signal" else radar.competitor()
    assert ana.post(f"{home}/{kind}s/{foreign.id}/{action}").status_code in (404, 405)
    assert (
        action in ("delete/", "restore/")
        or ana.get(f"{home}/{kind}s/{foreign.id}/{action}").status_code == 404
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/competitors/",
        "/competitors/add/",
        "/competitors/{competitor}/",
        "/competitors/{competitor}/change/",
        "/signals/",
        "/signals/add/",
        "/signals/{signal}/",
        "/signals/{signal}/change/",
    ],
)
def test_queries_per_page(
    ana: Client,
    home: str,
    signal: Signal,
    path: str,
    django_assert_max_num_queries: Any,
) -> None:
    path = home + path.format(competitor=signal.competitor_id, signal=signal.id)
    ana.get(path)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert ana.get(path).status_code == 200


def test_the_overview_tells_what_is_new_since_the_last_visit(
    ana: Client, home: str, tenant: Tenant, signal: Signal
) -> None:
    def visited(hours_later: float) -> str:
        with clock.stopped_at(timezone.now() + timedelta(hours=hours_later)):
            return text(ana.get(f"{home}/"))

    assert "since your last visit" not in visited(-3)
    with tenancy.scope_of(tenant):
        radar.signal(competitor_id=signal.competitor_id)
    assert "2 signals were added since your last visit, 1 of high importance" in visited(0)
    assert "2 signals were added since your last visit" in visited(0.1)
    assert "since your last visit" not in visited(2)


def test_the_chart_has_a_table_for_those_who_do_not_see_it(ana: Client, home: str, signal: Signal) -> None:
    page = text(ana.get(f"{home}/"))
    assert "<caption>Signals per week</caption>" in page
    assert page.count('class="bar series-1"') == 1


def test_the_overview_is_there_while_valkey_is_away(
    ana: Client, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> None:
        raise RedisError

    monkeypatch.setattr("apps.radar.views.overview.cache.get", fail)

    page = ana.get(f"{home}/")

    assert page.status_code == 200
    assert "since your last visit" not in text(page)


def test_the_overview_is_there_while_the_audit_log_is_away(
    ana: Client, home: str, signal: Signal, settings: Any
) -> None:
    assert "Who did what" in text(ana.get(f"{home}/"))

    settings.MODULE_URLS = {"audit": "http://127.0.0.1:9"}
    page = ana.get(f"{home}/")

    assert page.status_code == 200
    assert "Who did what" not in text(page)
