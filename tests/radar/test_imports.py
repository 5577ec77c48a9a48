"""Importing signals from files as people have them, and from hostile ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.audit.interface import Filters, audit
from apps.core import clock, scope
from apps.core.errors import Conflict, Invalid, NotFound, PermissionDenied
from apps.core.spreadsheets import neutral
from apps.events.models import OutboxEvent
from apps.jobs.upkeep import run_due_tasks
from apps.radar import selectors
from apps.radar.models import Competitor, Import, ImportPart, Signal
from apps.radar.services.attributes import attribute_add, attribute_delete
from apps.radar.services.competitors import competitor_delete
from apps.radar.services.imports import batches, csv_files, runs, uploads
from apps.radar.services.imports.csv_files import EncodingGuess, guess_delimiter, original, rows
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


@pytest.fixture
def acme(in_tenant: scope.Scope) -> Competitor:
    return radar.competitor(name="Acme")


class TestReading:
    @pytest.mark.parametrize(
        ("data", "encoding"),
        [
            ("Größe".encode(), "utf-8"),
            ("Größe".encode("utf-8-sig"), "utf-8-sig"),
            ("Größe".encode("cp1252"), "cp1252"),
            ("Größe".encode("utf-16"), "utf-16"),
            (b"", "utf-8"),
        ],
    )
    def test_the_encoding_is_found(self, data: bytes, encoding: str) -> None:
        guess = EncodingGuess()
        guess.feed(data)
        guess.feed(b"", final=True)
        assert guess.encoding == encoding

    @pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest", b"a,\x81\xff"])
    def test_what_is_no_text_is_told(self, data: bytes) -> None:
        with pytest.raises(Invalid) as caught:
            EncodingGuess().feed(data)
        assert list(caught.value.fields) == ["file"]

    @pytest.mark.parametrize(
        ("text", "delimiter"),
        [("a,b", ","), ("a;b,c;d", ";"), ("a\tb\tc", "\t"), ('"a;b;c",d', ","), ("", ","), ("\n\na|b", "|")],
    )
    def test_the_delimiter_is_found(self, text: str, delimiter: str) -> None:
        assert guess_delimiter([text.encode()], "utf-8") == delimiter

    def test_lines_are_numbered_as_an_editor_does(self) -> None:
        text = 'h\r\n"a\r\nb"\r\n\r\nc\rd'
        found = rows([text.encode()], encoding="utf-8", delimiter=",")
        assert [(row.number, row.cells) for row in found] == [
            (1, ["h"]),
            (2, ["a\r\nb"]),
            (5, ["c"]),
            (6, ["d"]),
        ]

    @pytest.mark.parametrize(
        ("text", "faults"),
        [
            ('a\n"b\nc\nd\n', ["", "never closed"]),
            ('a\n"b"x\nc\n', ["", "wrong place", ""]),
            ("a\nb\0c\nd", ["", "NUL", ""]),
            ("a\n" + "b" * 200_000 + "\nc", ["", "too long"]),
            ("a\n" + "," * 500 + "x\nc", ["", "too many cells", ""]),
            ('a\n"' + "b\n" * 100_000, ["", "never closed"]),
            ('a\n"' + ('\n"' + ",bb" * 30_000 + ',"') * 20 + '"\nc', ["", "too long"]),
        ],
    )
    def test_a_hostile_line_is_named(self, text: str, faults: list[str]) -> None:
        found = list(rows([text.encode()], encoding="utf-8", delimiter=","))
        assert len(found) == len(faults)
        assert all(fault in row.fault for row, fault in zip(found, faults, strict=True))

    def test_an_endless_line_is_not_kept(self) -> None:
        taken = []

        def endless() -> Any:
            while True:
                taken.append(1)
                yield b"a" * 65536

        found = list(rows(endless(), encoding="utf-8", delimiter=","))
        assert found[0].fault
        assert len(taken) < 10

    @given(st.binary(max_size=300), st.integers(1, 7), st.sampled_from(csv_files.DELIMITERS))
    @settings(max_examples=150, deadline=None)
    def test_nothing_that_is_read_breaks_the_reader(self, data: bytes, size: int, delimiter: str) -> None:
        pieces = [data[at : at + size] for at in range(0, len(data), size)]
        for encoding in ("utf-8", "cp1252"):
            whole = [row.cells for row in rows([data], encoding=encoding, delimiter=delimiter)]
            assert [row.cells for row in rows(pieces, encoding=encoding, delimiter=delimiter)] == whole

    @given(st.text(max_size=20))
    def test_a_neutral_cell_is_read_as_it_was(self, cell: str) -> None:
        assert original(neutral(cell)) == cell or cell.startswith("'")
        assert not neutral(cell).startswith(csv_files.FORMULA_STARTS)

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
    def test_no_spreadsheet_takes_a_cell_for_a_formula(self, start: str) -> None:
        assert neutral(f"{start}HYPERLINK()") == f"'{start}HYPERLINK()"


class TestUpload:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "empty"),
            (b"\n \n", "empty"),
            (b"title,competitor,kind\n", "no rows"),
            (b"PK\x03\x04", "workbook"),
            (b"\0,\0\na,b", "NUL"),
        ],
    )
    def test_what_can_not_be_read_is_told_and_not_kept(
        self, in_tenant: scope.Scope, data: bytes, said: str
    ) -> None:
        with pytest.raises(Invalid) as caught:
            started(data)
        assert said in caught.value.fields["file"][0]
        assert not Import.objects.filter(tenant_id=in_tenant.tenant_id).exists()

    def test_a_file_that_is_too_large_is_refused(
        self, in_tenant: scope.Scope, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "LARGEST", 100)
        with pytest.raises(Invalid) as caught:
            uploads.import_start(file_name="a.csv", pieces=[b"a" * 60] * 2)
        assert "larger" in caught.value.fields["file"][0]

    def test_it_is_kept_in_pieces_and_read_as_one(
        self, in_tenant: scope.Scope, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(uploads, "PIECE", 7)
        text = "Titel;Wettbewerber;Art\nPreise hoch;Äcme;Preis\n"
        found = uploads.import_start(file_name="a.csv", pieces=[text.encode()[:11], text.encode()[11:]])
        assert b"".join(uploads.content(found)).decode() == text
        assert (found.delimiter, found.columns) == (";", {"title": 0, "competitor": 1, "kind": 2})

    def test_what_nobody_finished_is_forgotten(self, in_tenant: scope.Scope) -> None:
        with clock.stopped_at(datetime.now(UTC) - timedelta(days=2)):
            old = started(HEAD + "a,b,c")
        new = started(HEAD + "a,b,c")
        found = Import.objects.filter(tenant_id=in_tenant.tenant_id)
        assert list(found) == [new]
        assert not ImportPart.objects.filter(tenant_id=in_tenant.tenant_id, import_file_id=old.id).exists()

    def test_a_discarded_file_is_gone(self, in_tenant: scope.Scope) -> None:
        found = started(HEAD + "a,b,c")
        uploads.import_discard(import_id=found.id)
        assert not ImportPart.objects.filter(tenant_id=in_tenant.tenant_id).exists()
        with pytest.raises(NotFound):
            runs.import_run(import_id=found.id, only_good=True)

    def test_a_viewer_may_not(self, tenant: Tenant) -> None:
        with tenancy.scope_of(tenant, "viewer"), pytest.raises(PermissionDenied):
            started(HEAD + "a,b,c")

    def test_nobody_else_reaches_it(self, tenant: Tenant, other_tenant: Tenant) -> None:
        with tenancy.scope_of(tenant):
            found = started(HEAD + "a,b,c")
        for place, role in ((tenant, "admin"), (other_tenant, "owner")):
            with tenancy.scope_of(place, role):
                for act in (
                    lambda: runs.import_run(import_id=found.id, only_good=True),
                    lambda: runs.import_check(import_id=found.id),
                    lambda: uploads.import_discard(import_id=found.id),
                    lambda: selectors.import_file(found.id),
                ):
                    with pytest.raises(NotFound):
                        act()


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


class TestPages:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}/signals"

    @pytest.fixture
    def ana(self, member: Callable[..., User], signed_in: Callable[[User], Client]) -> Client:
        return signed_in(member("owner"))

    def upload(self, client: Client, home: str, text: str) -> Any:
        file = SimpleUploadedFile("march.csv", text.encode(), content_type="text/csv")
        return client.post(f"{home}/import/", {"file": file}, follow=True)

    def test_from_file_to_radar(self, ana: Client, home: str, acme: Competitor) -> None:
        page = self.upload(ana, home, HEAD + "Good <b>,Acme,price\nBad,Acme,gossip\n")
        text = page.content.decode()
        assert page.status_code == 200
        assert "Import the 1 good row" in text
        assert "Good &lt;b&gt;" in text
        assert "Use one of: price" in text
        place = page.redirect_chain[-1][0]

        faults = ana.get(f"{place}faults/")
        content = b"".join(faults.streaming_content).decode("utf-8-sig")
        assert content.splitlines()[1].startswith("3,kind,gossip,")
        (job, _status) = ana.post(f"{place}run/", {"rows": "good"}, follow=True).redirect_chain[-1]
        run_due_tasks()
        text = ana.get(job).content.decode()
        assert "1 signal imported." in text
        assert "1 row with faults was left out." in text
        assert "Line 3: Use one of: price" in text
        result = b"".join(ana.get(f"{job}result/").streaming_content).decode("utf-8-sig")
        assert result.splitlines()[1].startswith("3,kind,gossip,")
        assert selectors.signals().get().title == "Good <b>"
        assert ana.get(place).status_code == 404

    def test_columns_are_asked_for(self, ana: Client, home: str, acme: Competitor) -> None:
        page = self.upload(ana, home, "Was,Wer,Wie\nA,Acme,price\n")
        place = page.redirect_chain[-1][0]
        assert "Check the file" in page.content.decode()
        assert ana.get(f"{place}faults/")["Location"] == place
        assert ana.post(place, {"title": 0, "dates": "iso"}).status_code == 422
        values = {"title": 0, "competitor": 1, "kind": 2, "dates": "iso", "skips_duplicates": "on"}
        checked = ana.post(place, values, follow=True)
        assert "Import 1 row" in checked.content.decode()

    def test_all_or_nothing_from_the_page(self, ana: Client, home: str, acme: Competitor) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\nB,Acme,x\n").redirect_chain[-1][0]
        (job, _status) = ana.post(f"{place}run/", {"rows": "all"}, follow=True).redirect_chain[-1]
        run_due_tasks()
        assert "Nothing was imported: line 3 has a fault." in ana.get(job).content.decode()
        assert not selectors.signals()

    def test_a_second_click_leads_to_the_same_job_until_it_ends(
        self, ana: Client, home: str, acme: Competitor
    ) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\nB,Acme,x\n").redirect_chain[-1][0]
        first, second = (ana.post(f"{place}run/", {"rows": "all"})["Location"] for _click in range(2))
        assert first == second
        run_due_tasks()
        assert "Nothing was imported" in ana.get(first).content.decode()
        third = ana.post(f"{place}run/", {"rows": "good"})["Location"]
        assert third != first
        run_due_tasks()
        assert selectors.signals().get().title == "A"

    def test_an_attribute_that_is_deleted_meanwhile_breaks_nothing(
        self, ana: Client, home: str, acme: Competitor
    ) -> None:
        size = attribute_add(name="Size", kind="number")
        text = "title,competitor,kind,attr.size\nUp,Acme,price,huge\n"
        ((look, _status),) = self.upload(ana, home, text).redirect_chain
        attribute_delete(attribute_id=size.id)

        assert ana.get(look).status_code == 200
        assert ana.get(f"{look}faults/").url == look
        job = ana.post(f"{look}run/", {"rows": "good"}).url
        run_due_tasks()
        assert "This failed" in ana.get(job).content.decode()

    def test_a_file_can_be_discarded(self, ana: Client, home: str, acme: Competitor) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\n").redirect_chain[-1][0]
        assert "The file is forgotten." in ana.post(f"{place}discard/", follow=True).content.decode()

    @pytest.mark.parametrize("text", ["", "title,competitor,kind\n", "PK\x03\x04"])
    def test_a_bad_file_is_told_at_its_field(self, ana: Client, home: str, text: str) -> None:
        page = self.upload(ana, home, text)
        assert page.status_code == 422
        assert "field-error" in page.content.decode()

    def test_a_file_is_needed(self, ana: Client, home: str, tenant: Tenant) -> None:
        assert ana.post(f"{home}/import/").status_code == 422

    def test_a_viewer_may_not(
        self, member: Callable[..., User], signed_in: Any, home: str, acme: Competitor
    ) -> None:
        viewer = signed_in(member("viewer"))
        assert viewer.get(f"{home}/import/").status_code == 403
        assert "/import/" not in viewer.get(f"{home}/").content.decode()

    def test_queries(
        self, ana: Client, home: str, acme: Competitor, django_assert_max_num_queries: Any
    ) -> None:
        place = self.upload(ana, home, HEAD + "A,Acme,price\n").redirect_chain[-1][0]
        with django_assert_max_num_queries(8):
            assert ana.get(place).status_code == 200


class TestExport:
    @pytest.fixture
    def home(self, tenant: Tenant) -> str:
        return f"/w/{tenant.slug}/signals"

    def read(self, answer: Any) -> list[str]:
        return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    def test_what_the_filter_finds_in_utc(
        self, acme: Competitor, home: str, member: Callable[..., User], signed_in: Any, tenant: Tenant
    ) -> None:
        moment = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
        radar.signal(competitor_id=acme.id, title="=SUM(A1)", kind="price", seen_at=moment)
        radar.signal(competitor_id=acme.id, kind="press")
        answer = signed_in(member("member", name="Li Wei")).get(f"{home}/export/?kind=price")

        assert f"{tenant.slug}-signals-" in answer["Content-Disposition"]
        head, row = self.read(answer)
        assert head == "id,competitor,title,kind,importance,source_url,seen_at,created_at"
        assert ",Acme,'=SUM(A1),price,medium,,2026-11-02T23:30:00Z," in row
        entry = audit().list_entries(filters=Filters()).entries[0]
        assert entry.sentence == "Li Wei exported signals: 1."
        assert entry.after["filter"] == "kind=price"

    def test_every_page_of_a_long_list(
        self,
        acme: Competitor,
        home: str,
        member: Callable[..., User],
        signed_in: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("apps.radar.services.exports.BATCH", 2)
        for _number in range(5):
            radar.signal(competitor_id=acme.id)
        lines = self.read(signed_in(member("member")).get(f"{home}/export/?sort=title"))
        assert len(lines) == len(set(lines)) == 6

    def test_what_was_exported_can_be_imported(
        self, acme: Competitor, home: str, member: Any, signed_in: Any
    ) -> None:
        signal = radar.signal(competitor_id=acme.id, title='-1 "quoted", and\nso on', importance=3)
        lines = b"".join(signed_in(member("member")).get(f"{home}/export/").streaming_content)
        assert checked(lines).rows_duplicate == 1
        found = started(lines, skips_duplicates=False)
        runs.import_run(import_id=found.id, only_good=False)
        both = list(
            Signal.objects.filter(tenant_id=acme.tenant_id).values_list("title", "importance", "kind")
        )
        assert both == [(signal.title, 3, "press")] * 2

    def test_attributes_come_back_too(self, acme: Competitor, home: str, member: Any, signed_in: Any) -> None:
        attribute_add(name="Region", kind="choice", choices=["EMEA", "APAC"])
        attribute_add(name="Deal size", kind="number")
        attribute_add(name="Confirmed", kind="yes_no")
        noted = {"region": "EMEA", "deal-size": -12.5, "confirmed": False}
        signal = radar.signal(competitor_id=acme.id, attributes=noted)
        lines = b"".join(signed_in(member("member")).get(f"{home}/export/").streaming_content)

        runs.import_run(import_id=started(lines, skips_duplicates=False).id, only_good=False)

        again = selectors.signals().exclude(id=signal.id).get()
        assert again.attributes == signal.attributes
        found = [
            {name: getattr(value, name) for name in ("attribute_id", "text", "number", "flag")}
            for value in again.values.order_by("attribute_id")
        ]
        assert found == list(
            signal.values.order_by("attribute_id").values("attribute_id", "text", "number", "flag")
        )

    def test_a_long_list_is_made_by_a_job(
        self, acme: Competitor, home: str, member: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.radar.views.lists.MOST", 1)
        for kind in ("price", "price", "press"):
            radar.signal(competitor_id=acme.id, kind=kind)
        client = signed_in(member("member"))
        assert "Make a CSV file" in client.get(f"{home}/?kind=price").content.decode()
        job = client.post(f"{home}/export/?kind=price").url
        run_due_tasks()
        assert "2 of 2" in client.get(job).content.decode()
        assert len(self.read(client.get(f"{job}result/"))) == 3

    def test_who_may_not_and_what_can_not_be(self, home: str, member: Any, signed_in: Any) -> None:
        assert signed_in(member("viewer")).get(f"{home}/export/").status_code == 403
        answer = signed_in(member("member")).get(f"{home}/export/?kind=gossip")
        assert answer["Location"] == f"{home}/?kind=gossip"
