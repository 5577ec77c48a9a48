"""Importing signals from files as people have them, and from hostile ones."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.audit.interface import Filters, audit
from apps.core import scope
from apps.core.errors import Conflict, Invalid, NotFound
from apps.events.models import OutboxEvent
from apps.radar import selectors
from apps.radar.models import Competitor, Import, ImportPart, Signal
from apps.radar.services.attributes import attribute_add, attribute_delete
from apps.radar.services.competitors import competitor_delete
from apps.radar.services.imports import batches, runs, uploads
from apps.radar.services.imports.rows import LONGEST_ADDRESS, PLAIN_ADDRESS
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy

HEAD = "title,competitor,kind,importance,seen_at,source_url\n"


def started(text: str | bytes, name: str = "signals.csv", **options: Any) -> Import:
    data = text.encode() if isinstance(text, str) else text
    found = uploads.import_start(file_name=name, pieces=[data])
    if options:
        chosen = {"dates": found.dates, "adds_competitors": False, "skips_duplicates": True} | options
        runs.import_configure(import_id=found.id, **{"columns": found.columns} | chosen)
    return selectors.import_file(found.id)


def checked(text: str | bytes, **options: Any) -> Import:
    return runs.import_check(import_id=started(text, **options).id)


def reasons(found: Import) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.reason) for fault in runs.import_faults(found)]


class TestRows:
    @pytest.mark.parametrize(
        ("row", "column", "reason"),
        [
            (",Acme,price,,,", "title", "needs a title"),
            ("x" * 201 + ",Acme,price,,,", "title", "longer than 200"),
            ("A,,price,,,", "competitor", "needs a competitor"),
            ("A,Contoso,price,,,", "competitor", "no competitor of this name"),
            ("A,Acme,gossip,,,", "kind", "Use one of: price"),
            ("A,Acme,,,,", "kind", "Use one of: price"),
            ("A,Acme,price,4,,", "importance", "Use one of: low"),
            ("A,Acme,price,,02.11.2026,", "seen_at", "no date"),
            ("A,Acme,price,,2026-13-01,", "seen_at", "no date"),
            ("A,Acme,price,,1999-12-31,", "seen_at", "between the year 2000"),
            ("A,Acme,price,,9999-12-31,", "seen_at", "between the year 2000"),
            ("A,Acme,price,,,javascript:alert(1)", "source_url", "valid URL"),
            ("A,Acme,price,,,,,,", "", "more cells"),
        ],
    )
    def test_a_fault_names_line_column_and_reason(
        self, acme: Competitor, row: str, column: str, reason: str
    ) -> None:
        found = checked(HEAD + "Good,Acme,price,,,\n" + row + "\n")
        assert (found.rows_good, found.rows_faulty) == (1, 1)
        ((line, named, said),) = reasons(found)
        assert (line, named) == (3, column)
        assert reason in said
        assert found.first_faults[0]["line"] == 3

    @pytest.mark.parametrize(
        ("row", "expected"),
        [
            ("A,ACME,Price,High,2026-11-02,", {"kind": "price", "importance": 3}),
            ("A,acme,PREIS,hoch,2026-11-02,", {"kind": "price", "importance": 3}),
            (
                "A,Acme,hiring,1,2026-11-02T10:30:00+02:00,",
                {"seen_at": datetime(2026, 11, 2, 8, 30, tzinfo=UTC)},
            ),
            (
                "A,Acme,press,,2026-11-02 10:30,",
                {"importance": 2, "seen_at": datetime(2026, 11, 2, 10, 30, tzinfo=UTC)},
            ),
            ("'=1+1,Acme,press,,2026-11-02,", {"title": "=1+1"}),
            ("=cmd|' /C calc'!A0,Acme,press,,2026-11-02,", {"title": "=cmd|' /C calc'!A0"}),
            ("A,Acme,press", {"source_url": ""}),
        ],
    )
    def test_a_row_becomes_a_signal(self, acme: Competitor, row: str, expected: dict[str, Any]) -> None:
        runs.import_run(import_id=started(HEAD + row).id, only_good=False)
        signal = selectors.signals().get()
        assert signal.competitor_id == acme.id
        assert {name: getattr(signal, name) for name in expected} == expected

    @pytest.mark.parametrize(
        ("dates", "text"),
        [("day", "02.11.2026"), ("day", "2/11/2026 10:00"), ("month", "11/02/2026"), ("iso", "2026-11-02")],
    )
    def test_dates_are_read_as_chosen(self, acme: Competitor, dates: str, text: str) -> None:
        found = started(HEAD + f"A,Acme,press,,{text},", dates=dates)
        runs.import_run(import_id=found.id, only_good=False)
        assert selectors.signals().get().seen_at.date() == datetime(2026, 11, 2, tzinfo=UTC).date()

    def test_a_competitor_of_another_workspace_is_not_found(
        self, in_tenant: scope.Scope, other_tenant: Tenant
    ) -> None:
        with tenancy.scope_of(other_tenant):
            foreign = radar.competitor(name="Foreign")
        found = checked(HEAD + f"A,Foreign,price,,,\nB,{foreign.id},price,,,\n")
        assert found.rows_faulty == 2

    def test_attributes_are_read_as_the_file_writes_them(self, acme: Competitor) -> None:
        attribute_add(name="Decision on", kind="date")
        text = (
            "title,competitor,kind,Decision on\nA,Acme,price,30.11.2026\nB,Acme,price,soon\nC,Acme,price,\n"
        )
        found = started(text, dates="day")
        assert found.columns["attr.decision-on"] == 3
        ((line, column, reason),) = reasons(found)
        assert (line, column) == (3, "Decision on")
        assert "30.11.2026" in reason
        runs.import_run(import_id=found.id, only_good=True)
        noted = {signal.title: list(signal.attributes.values()) for signal in selectors.signals()}
        assert noted == {"A": ["2026-11-30"], "C": []}

    def test_a_column_of_an_attribute_that_is_gone_is_named(self, acme: Competitor) -> None:
        attribute = attribute_add(name="Region", kind="text")
        found = started("title,competitor,kind,Region\nA,Acme,price,EMEA\n")
        attribute_delete(attribute_id=attribute.id)
        with pytest.raises(Invalid) as caught:
            runs.import_check(import_id=found.id)
        assert list(caught.value.fields) == ["attr.region"]

    def test_names_that_stand_twice_can_be_told_apart(self, acme: Competitor) -> None:
        found = started(
            "title,title,competitor,kind,\nA,B,Acme,price,x\n",
            columns={"title": 1, "competitor": 2, "kind": 3},
        )
        assert runs.import_preview(found, [])[0].title == "B"

    @pytest.mark.parametrize("columns", [{}, {"title": 0}, {"title": 0, "competitor": 1, "kind": 99}])
    def test_columns_that_are_missing_are_named(self, acme: Competitor, columns: dict[str, int]) -> None:
        with pytest.raises(Invalid) as caught:
            started(HEAD + "A,Acme,price", columns=columns)
        assert caught.value.fields

    @given(st.from_regex(PLAIN_ADDRESS, fullmatch=True))
    @settings(max_examples=100, deadline=None)
    def test_an_address_that_is_not_looked_at_closely_would_pass(self, address: str) -> None:
        assert len(address) > LONGEST_ADDRESS or Signal._meta.get_field("source_url").clean(address, None)


class TestRuns:
    def test_one_fault_means_none_at_all(self, acme: Competitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "BATCH", 2)
        found = started(
            HEAD + "A,Acme,price\n" * 1 + "B,Acme,price\nC,New,price\nD,Acme,gossip\n", adds_competitors=True
        )
        with pytest.raises(runs.ImportRefused) as caught:
            runs.import_run(import_id=found.id, only_good=False)
        assert "line 5" in str(caught.value)
        assert not selectors.signals()
        assert list(selectors.competitors()) == [acme]
        assert selectors.import_file(found.id)

    def test_the_good_rows_alone(self, acme: Competitor) -> None:
        found = started(HEAD + "A,Acme,price\nB,Acme,gossip\nC,Acme,press\n")
        counts = runs.import_run(import_id=found.id, only_good=True)
        assert (counts.added, counts.faulty) == (2, 1)
        assert {signal.title for signal in selectors.signals()} == {"A", "C"}

    def test_it_is_recorded_and_told_once(self, acme: Competitor, tenant: Tenant) -> None:
        found = started(HEAD + "A,Acme,price\nB,Acme,press\n", name="march.csv")
        runs.import_run(import_id=found.id, only_good=False)
        entry = audit().list_entries(filters=Filters()).entries[0]
        assert entry.sentence.endswith("imported signals from march.csv: 2.")
        event = OutboxEvent.objects.filter(tenant_id=tenant.id, type="radar.signals.imported").get()
        assert event.payload == {"import_id": str(found.id), "count": 2}
        assert not ImportPart.objects.filter(tenant_id=tenant.id).exists()
        with pytest.raises(NotFound):
            runs.import_run(import_id=found.id, only_good=False)

    def test_new_competitors_are_added_once(self, acme: Competitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "BATCH", 2)
        text = HEAD + "A,New,price\nB,NEW,price\nC,new,price\nD,Other,price\nE,Acme,price\n"
        found = checked(text, adds_competitors=True)
        assert found.new_competitors == 2
        runs.import_run(import_id=found.id, only_good=False)
        assert [row.name for row in selectors.competitors()] == ["Acme", "New", "Other"]
        entries = audit().list_entries(filters=Filters(action="radar.competitor_added")).entries
        assert len(entries) == 3

    @pytest.mark.parametrize(("skips", "added"), [(True, 2), (False, 5)])
    def test_what_is_there_already(self, acme: Competitor, skips: bool, added: int) -> None:
        moment = datetime(2026, 11, 2, 9, tzinfo=UTC)
        radar.signal(competitor_id=acme.id, title="There", seen_at=moment)
        text = HEAD + (
            "There,Acme,price,,2026-11-02,\nThere,Acme,price,,2026-11-03,\nNew,Acme,price,,2026-11-02,\n"
            "New,ACME,press,,2026-11-02T23:00Z,\nThere,Acme,price,,2026-11-02T23:59Z,\n"
        )
        found = checked(text, skips_duplicates=skips)
        assert (found.rows_good, found.rows_duplicate, found.rows_to_add) == (2, 3, added)
        assert runs.import_run(import_id=found.id, only_good=False).added == added

    def test_a_competitor_that_is_deleted_meanwhile_stops_it(
        self, acme: Competitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = started(HEAD + "A,Acme,price\n")

        def deleting(batch: Any) -> None:
            competitor_delete(competitor_id=acme.id)

        monkeypatch.setattr(runs, "_add_signals", deleting)
        with pytest.raises(Conflict):
            runs.import_run(import_id=found.id, only_good=True)

    def test_nobody_can_delete_a_competitor_before_it_is_done(
        self, acme: Competitor, query_count: Callable[..., Any]
    ) -> None:
        found = started(HEAD + "A,Acme,price\n")
        with query_count() as queries:
            runs.import_run(import_id=found.id, only_good=True)
        locks = [said for said in queries.statements if "FOR NO KEY UPDATE" in said]
        assert any('"radar_competitor"' in said for said in locks)

    def test_too_many_rows_are_refused(self, acme: Competitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "MOST_ROWS", 2)
        with pytest.raises(Invalid):
            checked(HEAD + "A,Acme,price\nB,Acme,price\nC,Acme,price\n")

    def test_progress_is_told(self, acme: Competitor, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "BATCH", 2)
        found, told = started(HEAD + "A,Acme,price\nB,Acme,x\nA,Acme,price\n"), []
        runs.import_run(import_id=found.id, only_good=True, progress=told.append)
        assert told == [2, 3]

    @given(data=st.lists(st.lists(st.text(max_size=12), max_size=8), max_size=12))
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_file_breaks_it(self, acme: Competitor, data: list[list[str]]) -> None:
        text = HEAD + "A,Acme,price\n" + "\n".join(",".join(cells) for cells in data)
        try:
            found = checked(text.encode("utf-8", "ignore"))
        except Invalid:
            return
        assert (found.rows_good or 0) + (found.rows_duplicate or 0) >= 1
        runs.import_run(import_id=found.id, only_good=True)
