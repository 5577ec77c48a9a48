"""Acting on many rows at once: what changes, what is recorded and told, and what comes back."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import scope
from apps.core.errors import Invalid, PermissionDenied
from apps.events.models import OutboxEvent
from apps.radar import selectors
from apps.radar.models import Signal
from apps.radar.services import bulk
from apps.radar.services.competitors import competitor_delete
from apps.radar.services.signals import signal_delete
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy


def entries(action: str) -> tuple[Any, ...]:
    return audit().list_entries(filters=Filters(action=action)).entries


def told(name: str) -> list[str]:
    found = OutboxEvent.objects.filter(tenant_id=scope.tenant_id(), type=name)
    return sorted(found.values_list("aggregateid", flat=True))


@pytest.fixture
def signals(in_tenant: scope.Scope) -> list[Signal]:
    competitor = radar.competitor(name="Acme")
    return [radar.signal(competitor_id=competitor.id, importance=1) for _number in range(3)]


class TestSignals:
    def test_each_change_is_recorded_and_told(self, signals: list[Signal]) -> None:
        outcome = bulk.signals_change(signal_ids=[row.id for row in signals], importance=3, kind="price")

        assert outcome == bulk.Outcome(done=3)
        assert {(row.importance, row.kind) for row in selectors.signals()} == {(3, "price")}
        found = entries("radar.signal_changed")
        assert {entry.target_id for entry in found} == {row.id for row in signals}
        assert found[0].before == {"importance": 1, "kind": "press"}
        assert found[0].after == {"importance": 3, "kind": "price"}
        assert told("radar.signal.changed") == sorted(str(row.id) for row in signals)

    def test_what_is_so_already_or_gone_is_counted_and_not_recorded(self, signals: list[Signal]) -> None:
        same, gone, changed = signals
        bulk.signals_change(signal_ids=[same.id], importance=3)
        signal_delete(signal_id=gone.id)

        outcome = bulk.signals_change(signal_ids=[*(row.id for row in signals), uuid4()], importance=3)
        assert outcome == bulk.Outcome(done=1, left=1, gone=2)
        assert entries("radar.signal_changed")[0].target_id == changed.id
        assert len(entries("radar.signal_changed")) == 2

    @pytest.mark.parametrize("wanted", [{}, {"kind": ""}, {"kind": "gossip"}, {"importance": 9}])
    def test_nonsense_changes_nothing(self, signals: list[Signal], wanted: dict[str, Any]) -> None:
        with pytest.raises(Invalid):
            bulk.signals_change(signal_ids=[row.id for row in signals], **wanted)
        assert not entries("radar.signal_changed")

    def test_none_and_too_many_are_refused(self, in_tenant: scope.Scope) -> None:
        for ids in ([], [uuid4() for _number in range(bulk.MOST + 1)]):
            with pytest.raises(Invalid):
                bulk.signals_delete(signal_ids=ids)

    def test_what_was_deleted_together_comes_back_together(self, signals: list[Signal]) -> None:
        alone, *together = signals
        signal_delete(signal_id=alone.id)
        outcome = bulk.signals_delete(signal_ids=[row.id for row in signals])
        assert (outcome.done, outcome.gone) == (2, 1)
        assert outcome.deleted_at
        assert not selectors.signals()
        assert told("radar.signal.deleted") == sorted(str(row.id) for row in signals)

        assert bulk.signals_restore(deleted_at=outcome.deleted_at) == bulk.Outcome(done=2)
        assert set(selectors.signals()) == set(together)
        assert len(entries("radar.signal_restored")) == 2
        assert bulk.signals_restore(deleted_at=outcome.deleted_at).done == 0

    def test_signals_of_a_deleted_competitor_stay_deleted(self, signals: list[Signal]) -> None:
        outcome = bulk.signals_delete(signal_ids=[row.id for row in signals])
        competitor_delete(competitor_id=signals[0].competitor_id)
        assert outcome.deleted_at
        assert bulk.signals_restore(deleted_at=outcome.deleted_at) == bulk.Outcome(done=0, left=3)

    def test_another_workspace_is_out_of_reach(self, signals: list[Signal], other_tenant: Tenant) -> None:
        with tenancy.scope_of(other_tenant):
            outcome = bulk.signals_delete(signal_ids=[row.id for row in signals])
            assert (outcome.done, outcome.gone) == (0, 3)
        deleted = bulk.signals_delete(signal_ids=[row.id for row in signals]).deleted_at
        assert deleted
        with tenancy.scope_of(other_tenant):
            assert bulk.signals_restore(deleted_at=deleted).done == 0

    def test_a_viewer_may_not(self, signals: list[Signal], tenant: Tenant) -> None:
        with tenancy.scope_of(tenant, "viewer"):
            for act in (bulk.signals_change, bulk.signals_delete):
                with pytest.raises(PermissionDenied):
                    act(signal_ids=[row.id for row in signals])

    def test_many_rows_take_few_queries(
        self, in_tenant: scope.Scope, django_assert_max_num_queries: Any
    ) -> None:
        competitor = radar.competitor()
        ids = [radar.signal(competitor_id=competitor.id).id for _number in range(40)]
        with django_assert_max_num_queries(10):
            assert bulk.signals_change(signal_ids=ids, importance=3).done == 40


class TestCompetitors:
    def test_they_go_and_come_back_with_their_signals(self, signals: list[Signal]) -> None:
        other = radar.competitor(name="Contoso")
        signal_delete(signal_id=signals[0].id)
        outcome = bulk.competitors_delete(competitor_ids=[signals[0].competitor_id, other.id, uuid4()])

        assert (outcome.done, outcome.gone) == (2, 1)
        assert outcome.deleted_at
        assert not selectors.signals()
        assert bulk.competitors_restore(deleted_at=outcome.deleted_at) == bulk.Outcome(done=2)
        assert set(selectors.signals()) == set(signals[1:])
        assert len(told("radar.competitor.restored")) == 2

    def test_a_name_that_was_taken_meanwhile_stays_away(self, signals: list[Signal]) -> None:
        other = radar.competitor(name="Contoso")
        deleted = bulk.competitors_delete(competitor_ids=[signals[0].competitor_id, other.id]).deleted_at
        radar.competitor(name="ACME")
        assert deleted
        assert bulk.competitors_restore(deleted_at=deleted) == bulk.Outcome(done=1, left=1)


class TestPages:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}"

    @pytest.fixture
    def ana(self, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
        return signed_in(member("owner"))

    def post(self, client: Client, path: str, **values: Any) -> str:
        return str(client.post(path, values, follow=True).content.decode())

    def test_ticked_rows_are_changed_and_the_filter_stays(
        self, ana: Client, home: str, signals: list[Signal]
    ) -> None:
        signal_delete(signal_id=signals[0].id)
        values = {"ids": [row.id for row in signals], "action": "change", "importance": 3}
        answer = ana.post(f"{home}/signals/bulk/", values | {"list": "kind=press"}, follow=True)

        assert answer.redirect_chain == [(f"{home}/signals/?kind=press", 302)]
        assert "2 signals changed. 1 had been deleted meanwhile." in answer.content.decode()

    def test_all_that_match_are_taken(self, ana: Client, home: str, signals: list[Signal]) -> None:
        for _number in range(30):
            radar.signal(competitor_id=signals[0].competitor_id, kind="price")
        page = ana.get(f"{home}/signals/?kind=price")
        assert "All 30 that match" in page.content.decode()
        text = self.post(
            ana, f"{home}/signals/bulk/", ids=signals[0].id, all="yes", list="kind=price", action="delete"
        )
        assert "30 signals deleted." in text
        assert set(selectors.signals()) == set(signals)

    def test_one_undo_brings_all_back(self, ana: Client, home: str, signals: list[Signal]) -> None:
        values = {"ids": [row.id for row in signals], "action": "delete", "list": "kind=press"}
        page = ana.post(f"{home}/signals/bulk/", values, follow=True)
        undo = next(iter(page.context["messages"])).extra_tags
        assert undo.startswith(f"{home}/signals/bulk/restore/?batch=")
        answer = ana.post(undo, follow=True)
        assert "3 signals are back." in answer.content.decode()
        assert answer.redirect_chain[-1][0] == f"{home}/signals/?kind=press"

    def test_an_undo_of_another_workspace_is_refused(
        self, ana: Client, home: str, signals: list[Signal], other_tenant: Tenant, signed_in: Any
    ) -> None:
        values = {"ids": [row.id for row in signals], "action": "delete"}
        page = ana.post(f"{home}/signals/bulk/", values, follow=True)
        undo = next(iter(page.context["messages"])).extra_tags
        stranger = signed_in(tenancy.member(other_tenant, "owner"))
        assert stranger.post(undo).status_code == 404
        assert stranger.post(undo.replace(home, f"/w/{other_tenant.slug}")).status_code == 400
        assert ana.post(f"{home}/signals/bulk/restore/?batch=nonsense").status_code == 400

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({}, "Tick at least one row first."),
            ({"ids": "nonsense", "importance": "3"}, "Tick at least one row first."),
            ({"importance": "²"}, "Choose an importance from the list."),
            ({"kind": "gossip"}, "is not a valid choice"),
            ({"all": "yes", "list": "kind=gossip", "importance": "3"}, "no longer works"),
        ],
    )
    def test_what_can_not_be_done_is_told(
        self, ana: Client, home: str, signals: list[Signal], values: dict[str, str], said: str
    ) -> None:
        if "ids" not in values and len(values) == 1:
            values = values | {"ids": str(signals[0].id)}
        if not values:
            values = {"importance": "3"}
        assert said in self.post(ana, f"{home}/signals/bulk/", **values)
        assert not entries("radar.signal_changed")

    def test_competitors_go_and_come_back(self, ana: Client, home: str, signals: list[Signal]) -> None:
        values = {"ids": [signals[0].competitor_id]}
        page = ana.post(f"{home}/competitors/bulk/", values, follow=True)
        assert "1 competitor and its signals were deleted." in page.content.decode()
        assert "1 competitor is back." in self.post(ana, next(iter(page.context["messages"])).extra_tags)

    def test_a_viewer_ticks_nothing(
        self, member: Callable[..., User], signed_in: Any, home: str, signals: list[Signal]
    ) -> None:
        viewer = signed_in(member("viewer"))
        assert 'name="ids"' not in viewer.get(f"{home}/signals/").content.decode()
        for path in ("signals/bulk/", "signals/bulk/restore/", "competitors/bulk/"):
            assert viewer.post(f"{home}/{path}", {"ids": signals[0].id}).status_code == 403
        assert selectors.signals().count() == 3
