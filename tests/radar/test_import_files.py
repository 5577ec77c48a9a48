"""Files of signals as people have them: read, kept, and forgotten."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core import clock, scope
from apps.core.errors import Invalid, NotFound, PermissionDenied
from apps.core.spreadsheets import neutral
from apps.radar import selectors
from apps.radar.models import Import, ImportPart
from apps.radar.services.imports import csv_files, runs, uploads
from apps.radar.services.imports.csv_files import EncodingGuess, guess_delimiter, original, rows
from apps.tenancy.models import Tenant
from tests.factories import tenancy
from tests.radar.test_imports import HEAD, started


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
