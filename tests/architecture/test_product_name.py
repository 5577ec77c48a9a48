"""The product's name is written in one place, so that `make mine` can change it."""

from collections.abc import Iterable
from pathlib import Path

from tests.databases import ROOT

NAME = "Ten" + "on"
SOURCES = [
    "apps",
    "config",
    "deploy",
    "static",
    "templates",
    "tests",
    "manage.py",
    "Makefile",
    ".env.example",
]
#: Where the name stands, and where the making of another one has to speak of it.
ALLOWED = {Path("config/product.py"), Path("config/mine")}


def files() -> Iterable[Path]:
    for source in SOURCES:
        found = ROOT / source
        yield from [found] if found.is_file() else (path for path in found.rglob("*") if path.is_file())


def naming(paths: Iterable[Path], root: Path = ROOT) -> list[str]:
    """Return the files that spell the name out."""
    return [
        str(path.relative_to(root))
        for path in paths
        if path.suffix not in {".pyc", ".mo", ".woff2", ".png"}
        and not ALLOWED & {path.relative_to(root), *path.relative_to(root).parents}
        and NAME in path.read_text()
    ]


def test_no_file_spells_the_name_out() -> None:
    assert naming(files()) == [], "Read settings.PRODUCT_NAME, or {% product %} in a template."


def test_a_file_that_does_is_found(tmp_path: Path) -> None:
    planted = tmp_path / "page.html"
    planted.write_text(f"<h1>{NAME}</h1>")

    assert naming([planted], tmp_path) == ["page.html"]
