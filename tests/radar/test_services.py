"""Adding, changing, deleting and restoring, with what is recorded and told."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.audit.interface import Filters, audit
from apps.core import clock, scope
from apps.core.errors import Invalid, PermissionDenied
from apps.core.permissions import permissions_of
from apps.events.models import OutboxEvent
from apps.radar import selectors
from apps.radar.interface import CompetitorExists, CompetitorGone, CompetitorNotFound, SignalNotFound
from apps.radar.services.competitors import (
    competitor_add,
    competitor_change,
    competitor_delete,
    competitor_restore,
)
from apps.radar.services.signals import signal_add, signal_change, signal_delete, signal_restore
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy

pytestmark = pytest.mark.usefixtures("in_tenant")


def newest_entry() -> Any:
    return audit().list_entries(filters=Filters()).entries[0]


def newest_event() -> OutboxEvent:
    found = OutboxEvent.objects.filter(tenant_id=scope.current().tenant_id).order_by("-id").first()
    assert found
    return found


class TestCompetitors:
    def test_adding_is_recorded_and_told(self) -> None:
        competitor = competitor_add(name="Acme", website="https://acme.example")

        assert selectors.competitor(competitor.id).website == "https://acme.example"
        assert newest_entry().action == "radar.competitor_added"
        assert newest_event().type == "radar.competitor.added"

    @pytest.mark.parametrize("name", ["Acme", "ACME"])
    def test_a_name_is_taken_once(self, name: str) -> None:
        competitor_add(name="Acme")
        with pytest.raises(CompetitorExists) as caught:
            competitor_add(name=name)
        assert list(caught.value.fields) == ["name"]

    def test_another_workspace_may_use_the_name(self, other_tenant: Tenant) -> None:
        competitor_add(name="Acme")
        with tenancy.scope_of(other_tenant):
            competitor_add(name="Acme")

    def test_a_change_records_what_differs(self) -> None:
        competitor = radar.competitor(name="Acme")
        competitor_change(competitor_id=competitor.id, name="Acme Ltd", notes="")

        entry = newest_entry()
        assert (entry.before, entry.after) == ({"name": "Acme"}, {"name": "Acme Ltd"})

    def test_no_change_records_nothing(self) -> None:
        competitor = radar.competitor(name="Acme")
        competitor_change(competitor_id=competitor.id, name="Acme")
        assert newest_entry().action == "radar.competitor_added"

    def test_deleting_takes_the_signals_along_and_restoring_brings_those_back(self) -> None:
        competitor = radar.competitor()
        kept = radar.signal(competitor_id=competitor.id)
        gone_before = radar.signal(competitor_id=competitor.id)
        signal_delete(signal_id=gone_before.id)

        competitor_delete(competitor_id=competitor.id)
        assert not selectors.competitors()
        assert not selectors.signals()

        competitor_restore(competitor_id=competitor.id)
        assert [row.id for row in selectors.signals()] == [kept.id]
        assert newest_event().type == "radar.competitor.restored"

    def test_one_whose_name_was_taken_stays_deleted(self) -> None:
        competitor = radar.competitor(name="Acme")
        signal = radar.signal(competitor_id=competitor.id)
        competitor_delete(competitor_id=competitor.id)
        radar.competitor(name="Acme")

        with pytest.raises(CompetitorExists):
            competitor_restore(competitor_id=competitor.id)
        with pytest.raises(SignalNotFound):
            selectors.signal(signal.id)

    def test_deleting_twice_finds_nothing(self) -> None:
        competitor = radar.competitor()
        competitor_delete(competitor_id=competitor.id)
        with pytest.raises(CompetitorNotFound):
            competitor_delete(competitor_id=competitor.id)


class TestSignals:
    def test_adding_is_recorded_and_told(self) -> None:
        competitor = radar.competitor(name="Acme")
        signal = signal_add(competitor_id=competitor.id, title="Prices up", kind="price")

        assert newest_entry().sentence.endswith("added a signal about Acme: “Prices up”.")
        event = newest_event()
        assert (event.type, event.payload["signal_id"]) == ("radar.signal.added", str(signal.id))

    @pytest.mark.parametrize(
        ("fault", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"kind": "gossip"}, "kind"),
            ({"importance": 4}, "importance"),
            ({"source_url": "javascript:alert(1)"}, "source_url"),
            ({"seen_at": datetime(1999, 1, 1, tzinfo=UTC)}, "seen_at"),
            ({"seen_at": datetime(9999, 1, 1, tzinfo=UTC)}, "seen_at"),
        ],
    )
    def test_a_fault_names_its_field(self, fault: dict[str, Any], field: str) -> None:
        with pytest.raises(Invalid) as caught:
            radar.signal(**fault)
        assert list(caught.value.fields) == [field]
        assert not selectors.signals()

    def test_a_competitor_of_another_workspace_is_refused(self, other_tenant: Tenant) -> None:
        with tenancy.scope_of(other_tenant):
            foreign = radar.competitor()
        mine = radar.signal()

        for attempt in (
            lambda: signal_add(competitor_id=foreign.id, title="A", kind="press"),
            lambda: signal_change(signal_id=mine.id, competitor_id=foreign.id),
        ):
            with pytest.raises(Invalid) as caught:
                attempt()
            assert list(caught.value.fields) == ["competitor"]

    def test_a_change_records_what_differs(self) -> None:
        signal = radar.signal(importance=1)
        seen_at = clock.now() - timedelta(days=2)
        signal_change(signal_id=signal.id, title=signal.title, importance=3, seen_at=seen_at)

        entry = newest_entry()
        assert entry.before == {"importance": 1, "seen_at": signal.seen_at.isoformat()}
        assert entry.after == {"importance": 3, "seen_at": seen_at.isoformat()}

    def test_deleting_is_undone(self) -> None:
        signal = radar.signal()
        signal_delete(signal_id=signal.id)
        with pytest.raises(SignalNotFound):
            selectors.signal(signal.id)

        signal_restore(signal_id=signal.id)
        assert selectors.signal(signal.id) == signal
        with pytest.raises(SignalNotFound):
            signal_restore(signal_id=signal.id)

    def test_one_does_not_come_back_without_its_competitor(self) -> None:
        signal = radar.signal()
        signal_delete(signal_id=signal.id)
        competitor_delete(competitor_id=signal.competitor_id)
        with pytest.raises(CompetitorGone):
            signal_restore(signal_id=signal.id)


def test_a_viewer_may_do_none_of_it() -> None:
    signal = radar.signal()
    attempts: list[Callable[[], Any]] = [
        lambda: competitor_add(name="Acme"),
        lambda: competitor_change(competitor_id=signal.competitor_id, name="Acme"),
        lambda: competitor_delete(competitor_id=signal.competitor_id),
        lambda: competitor_restore(competitor_id=signal.competitor_id),
        lambda: signal_add(competitor_id=signal.competitor_id, title="A", kind="press"),
        lambda: signal_change(signal_id=signal.id, title="A"),
        lambda: signal_delete(signal_id=signal.id),
        lambda: signal_restore(signal_id=signal.id),
    ]
    with scope.use(permissions=permissions_of("viewer")):
        for attempt in attempts:
            with pytest.raises(PermissionDenied):
                attempt()


def test_what_fails_leaves_nothing_behind() -> None:
    radar.competitor(name="Acme")
    before = newest_entry().id
    with pytest.raises(CompetitorExists), transaction.atomic():
        competitor_add(name="Acme")
    assert newest_entry().id == before
