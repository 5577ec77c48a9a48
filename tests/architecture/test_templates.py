"""What the content security policy and the components ask of every template and vendored file."""

import gzip
import hashlib
import random
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if "email" not in path.relative_to(ROOT).parts
)
COMPONENTS = ROOT / "templates" / "cotton"

FORBIDDEN = {
    "inline style": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script(?![^>]*\ssrc=)[^>]*>",
    "event attribute": r"<[^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "script in htmx values": r"""hx-(?:vals|headers)\s*=\s*["']js:""",
    "htmx trigger filter": r"""hx-trigger\s*=\s*["'](?:[^"']*,)?\s*[\w:]+\[""",
    "foreign address": r"""(?:src|href)\s*=\s*["'](?:https?:)?//""",
}
DYNAMIC_ATTRIBUTE = re.compile(r"<c-([\w.-]+)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.DOTALL)
OUTSIDE_LINK = re.compile(r"<a\b[^>]*>")


def violations(source: str) -> list[str]:
    """Name the rules that a template's source breaks."""
    source = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", source, flags=re.DOTALL)
    with_links_removed = OUTSIDE_LINK.sub("", source)
    return [
        name
        for name, pattern in FORBIDDEN.items()
        if re.search(pattern, with_links_removed if name == "foreign address" else source)
    ]


def undeclared_dynamic_attributes(source: str) -> list[str]:
    """Name `:attributes` that a component does not declare: cotton would print those unescaped."""
    found = []
    for component, attributes in DYNAMIC_ATTRIBUTE.findall(source):
        names = set(re.findall(r"\s:([\w-]+)\s*=", attributes))
        if component == "vars" or not names:
            continue
        found += [f"c-{component} :{name}" for name in names - declared_variables(component)]
    return found


def declared_variables(component: str) -> set[str]:
    path = COMPONENTS / f"{component.replace('.', '/').replace('-', '_')}.html"
    match = re.search(r"<c-vars\s(.*?)/>", path.read_text(), re.DOTALL)
    return set(re.findall(r":?([\w-]+)(?:=\"[^\"]*\")?", match.group(1))) if match else set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_template_keeps_the_rules(path: Path) -> None:
    source = path.read_text()
    assert violations(source) == []
    assert undeclared_dynamic_attributes(source) == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ('<p style="color: red">', "inline style"),
        ("<style>p {}</style>", "style element"),
        ("<script>alert(1)</script>", "inline script"),
        ('<a onclick="go()">', "event attribute"),
        ('<a hx-on::after-swap="go()">', "hx-on"),
        ("""<a hx-vals='js:{"a": 1}'>""", "script in htmx values"),
        ('<a hx-trigger="keyup[key==1]">', "htmx trigger filter"),
        ('<script src="https://cdn.example/x.js"></script>', "foreign address"),
    ],
)
def test_planted_violation_is_found(source: str, rule: str) -> None:
    assert rule in violations(source)


def test_planted_undeclared_attribute_is_found() -> None:
    assert undeclared_dynamic_attributes('<c-badge tone="ok" :title="name">x</c-badge>') == ["c-badge :title"]


def unlisted(vendor: Path) -> set[str]:
    """Return the vendored files that are not in LICENSES.md with the checksum they have, and the other way round."""
    listed = set(re.findall(r"\| `([^`]+)` \|.*`([0-9a-f]{64})`", (vendor / "LICENSES.md").read_text()))
    files = [path for path in vendor.rglob("*") if path.suffix in {".js", ".css", ".woff2"}]
    present = {
        (path.relative_to(vendor).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files
    }
    return {name for name, _checksum in listed ^ present}


def test_vendored_files_are_listed_with_their_checksum() -> None:
    assert unlisted(ROOT / "static" / "vendor") == set()


def test_a_vendored_file_that_was_changed_is_found(tmp_path: Path) -> None:
    vendor = shutil.copytree(ROOT / "static" / "vendor", tmp_path / "vendor")
    script = next(vendor.glob("*.js"))
    script.write_text(script.read_text() + "alert(1)")

    assert unlisted(vendor) == {script.name}


SHARED_SHEETS = {"tokens", "base", "layout", "components", "forms", "utilities"}


@pytest.mark.parametrize(
    "sheets",
    [
        SHARED_SHEETS,
        SHARED_SHEETS - {"forms"} | {"charts"},
        SHARED_SHEETS - {"forms"} | {"charts", "landing"},
    ],
    ids=["app", "overview", "landing"],
)
def test_style_sheets_of_a_page_stay_small(sheets: set[str]) -> None:
    assert gzipped(*(ROOT / "static" / "css" / f"{name}.css" for name in sheets)) <= 12 * 1024


def test_shared_sheets_are_those_of_the_base_template() -> None:
    base = (ROOT / "templates" / "base.html").read_text()
    assert set(re.findall(r"css/([a-z]+)\.css", base)) == SHARED_SHEETS


def test_scripts_stay_small() -> None:
    assert gzipped(*(ROOT / "static").rglob("*.js")) <= 30 * 1024


def test_what_is_too_large_is_found(tmp_path: Path) -> None:
    (tmp_path / "large.css").write_bytes(random.Random(7).randbytes(13 * 1024))  # noqa: S311 - incompressible is all

    assert gzipped(tmp_path / "large.css") > 12 * 1024


def gzipped(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes())) for path in paths)
