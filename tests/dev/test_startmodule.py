"""What `startmodule` refuses, and that a refusal or a rehearsal writes nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.dev.generator.fields import TYPES, Field, parse_fields
from apps.dev.generator.names import names_of
from apps.dev.generator.source import insert_after, insert_into, without

ROOT = Path(__file__).resolve().parents[2]
NAMES = names_of("invoices")


def state_of_the_project() -> dict[Path, int]:
    """When each file was last written."""
    folders = [ROOT / name for name in ("apps", "config", "templates", "tests")]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".html"}]
    return {path: path.stat().st_mtime_ns for path in [*files, ROOT / "pyproject.toml"]}


def start(name: str, fields: str = "title:text", **options: object) -> None:
    call_command("startmodule", name, fields=fields, **options)


class TestNames:
    @pytest.mark.parametrize(
        ("module", "options", "entity", "entities"),
        [
            ("invoices", {}, "invoice", "invoices"),
            ("companies", {}, "company", "companies"),
            ("addresses", {}, "address", "addresses"),
            ("boxes", {}, "box", "boxes"),
            ("branches", {}, "branch", "branches"),
            ("support_tickets", {}, "support_ticket", "support_tickets"),
            ("crm", {"singular": "contact"}, "contact", "contacts"),
            ("inventory", {"singular": "supply"}, "supply", "supplies"),
            ("people", {"singular": "person", "plural": "people"}, "person", "people"),
        ],
    )
    def test_they_are_derived(self, module: str, options: dict[str, str], entity: str, entities: str) -> None:
        names = names_of(module, **options)
        assert (names.entity, names.entities) == (entity, entities)

    @pytest.mark.parametrize(
        ("name", "options", "reason"),
        [
            ("Invoices", {}, "lower-case"),
            ("2fa_keys", {}, "begin with a letter"),
            ("a" * 30, {}, "up to 24"),
            ("in__voices", {}, "single underscores"),
            ("import", {}, "word of Python"),
            ("classes", {}, "--singular"),
            ("utils", {}, "hides"),
            ("pages", {}, "--singular"),
            ("crm", {}, "--singular"),
            ("audit", {"singular": "look"}, "There is a module 'audit'"),
            ("sessions", {}, "There is a module 'sessions'"),
            ("static_members", {"singular": "member"}, "There is a page at /w/any/members/"),
            ("grants", {"plural": "roles"}, "There is a page at"),
            ("rivals", {"icon": "no-such-icon"}, "lucide.dev"),
        ],
    )
    def test_a_name_that_is_refused(self, name: str, options: dict[str, str], reason: str) -> None:
        before = state_of_the_project()
        with pytest.raises(CommandError, match=reason):
            start(name, **options)
        assert state_of_the_project() == before


class TestFields:
    def test_they_are_read(self) -> None:
        assert parse_fields("title:text status:choice(draft|in progress) due:date?", NAMES) == (
            Field(name="title", type_name="text"),
            Field(name="status", type_name="choice", choices=("draft", "in_progress")),
            Field(name="due", type_name="date", optional=True),
        )

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ("title", "'title' is no field"),
            ("title:text amount", "'amount' is no field"),
            ("title:words", "'title' has no type 'words'"),
            ("Title:text", "'Title' needs another name"),
            ("class:text", "'class' needs another name: it is a word of Python"),
            ("type:text", "'type' needs another name"),
            ("id:text", "'id' needs another name"),
            ("tenant_id:text", "'tenant_id' needs another name"),
            ("date:date", "'date' needs another name"),
            ("save:text", "'save' needs another name"),
            ("invoice:text", "'invoice' needs another name"),
            ("title:text sort:choice(a|b)", "'sort' needs another name"),
            ("title:text title:text", "'title' is there twice"),
            ("title:text?", "name the rows"),
            ("amount:money", "name the rows"),
            ("title:text status:choice", "'status' is not well written"),
            ("title:text(a|b)", "'title' is not well written"),
            ("title:text status:choice(a)", "'status' needs two choices"),
            ("title:text status:choice(a|a)", "'status' needs two choices"),
            ("title:text status:choice(a|1b)", "'status' has a choice '1b'"),
            ("title:text paid:yesno?", "'paid' needs no question mark"),
        ],
    )
    def test_a_field_that_is_refused_is_named(self, fields: str, reason: str) -> None:
        with pytest.raises(CommandError, match=reason.replace("(", r"\(")):
            parse_fields(fields, NAMES)

    @pytest.mark.parametrize("name", sorted(TYPES))
    def test_each_type_may_be_anywhere(self, name: str) -> None:
        choices = "(a|b)" if name == "choice" else ""
        assert parse_fields(f"title:text it:{name}{choices}", NAMES)[1].type is TYPES[name]


def test_a_rehearsal_shows_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = state_of_the_project()
    start("zeppelins", "title:text amount:money", dry_run=True)

    shown = capsys.readouterr().out
    assert "write   apps/zeppelins/models.py" in shown
    assert '+    path("", include("apps.zeppelins.urls")),' in shown
    assert "Nothing was written" in shown
    assert state_of_the_project() == before


class TestSource:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("A = []\n", 'A = ["x"]\n'),
            ('A = ["a"]\n', 'A = ["a", "x"]\n'),
            ('A = [\n    "a",\n]\n', 'A = [\n    "a",\n    "x",\n]\n'),
        ],
    )
    def test_a_line_is_added_to_a_list(self, before: str, after: str) -> None:
        assert insert_into(before, "A", '"x"') == after

    def test_a_line_is_added_in_order(self) -> None:
        assert (
            insert_into('A = {\n    "a": 1,\n    "z": 2,\n}\n', "A", '"x": 3').splitlines()[2]
            == '    "x": 3,'
        )

    def test_a_place_that_is_missing_is_said(self) -> None:
        with pytest.raises(CommandError, match=r"Add by hand .*: 'x'"):
            insert_into("B = []", "A", "'x'")
        with pytest.raises(CommandError, match=r"Add by hand .*: x = 1"):
            insert_after("B = []", "router", "x = 1")

    def test_what_names_a_module_is_taken_out(self) -> None:
        source = (
            "from apps.core import views\nfrom apps.zebra.api import Signals as Them\n\n"
            'A = ["apps.zebra", "apps.zebras"]\nB = {\n    "zebra": "apps.zebra.local.X",\n    "é": "x",\n}\n'
            'register("signals", Them)\nregister("views", views)\nC = [\n    path(include("apps.zebra.urls")),\n]\n'
        )
        assert without(source, "zebra") == (
            "from apps.core import views\n\n"
            'A = ["apps.zebras"]\nB = {\n    "é": "x",\n}\n'
            'register("views", views)\nC = [\n]\n'
        )
