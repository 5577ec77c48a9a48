"""`make mine`: what README.md says about it works, and leaves everything green."""

import re
import tomllib

import pytest

from config.mine import colours
from tests.clones import Clone, clone, commands_of
from tests.databases import ROOT

#: Where the name, the sender, the demo story and the landing page are read.
FAST_TESTS = "tests/dev/test_seed_demo.py tests/core/test_http.py tests/architecture/test_templates.py"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return clone(tmp_path_factory.mktemp("copy"))


@pytest.fixture(scope="module")
def told(copy: Clone) -> str:
    """What the command of README.md prints, in a copy that is kept for this file's tests."""
    (command,) = commands_of("Make it yours")
    printed = copy.must(command)
    copy.commit()
    return printed


def text_of(copy: Clone, path: str) -> str:
    return (copy.root / path).read_text()


class TestReadme:
    def test_the_product_has_its_name_everywhere(self, told: str, copy: Clone) -> None:
        assert "This is Acme now, at acme.example, with the hue 150." in told
        assert 'NAME = "Acme"' in text_of(copy, "config/product.py")
        assert tomllib.loads(text_of(copy, "pyproject.toml"))["project"]["name"] == "acme"
        assert text_of(copy, "README.md").startswith("# Acme\n")
        assert "\nname: acme\n" in text_of(copy, "deploy/docker/compose.yaml")
        assert "BASE_URL=https://acme.example" in text_of(copy, "deploy/docker/env.example")
        assert "--brand-hue: 150;" in text_of(copy, "static/css/tokens.css")

    def test_mails_have_its_colour(self, told: str, copy: Clone) -> None:
        tokens = text_of(copy, "static/css/tokens.css")
        brand = colours.hex_of(colours.Palette(tokens, "light", 150)["brand"])

        assert f"background:{brand}" in text_of(copy, "templates/email/button.html")
        assert brand in text_of(copy, "static/img/favicon.svg")

    def test_it_says_where_it_came_from(self, told: str, copy: Clone) -> None:
        version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

        assert re.search(
            rf"Acme began as a copy of \w+ {version} \(commit \w+\)", text_of(copy, "docs/origin.md")
        )
        assert "## [Unreleased]\n" in text_of(copy, "CHANGELOG.md")
        assert not (copy.root / "templates/core/landing").exists()

    def test_every_check_passes(self, told: str, copy: Clone) -> None:
        copy.must("make check-format check-lint check-imports check-django check-migrations check-compose")

    def test_tests_pass(self, told: str, copy: Clone) -> None:
        copy.must(f".venv/bin/pytest -p no:cacheprovider {FAST_TESTS}")

    def test_again_it_only_renames(self, told: str, copy: Clone) -> None:
        landing, story = "templates/core/landing.html", "apps/dev/demo/radar.py"
        (copy.root / landing).write_text("<h1>Ours</h1>")
        copy.commit()
        before = text_of(copy, story)

        printed = copy.must('make mine NAME="Bolt & Nut" HUE=20')

        assert "This is Bolt & Nut now, at acme.example, with the hue 20." in printed
        assert text_of(copy, landing) == "<h1>Ours</h1>"
        assert text_of(copy, story) == before
        assert text_of(copy, "README.md").startswith("# Bolt & Nut\n\nBuilt on ")
        assert "\n  image: bolt-nut\n" in text_of(copy, "deploy/docker/compose.yaml")
        assert "Acme" in text_of(copy, "docs/origin.md")

    def test_work_that_is_not_committed_is_not_touched(self, told: str, copy: Clone) -> None:
        readme = copy.root / "README.md"
        before = readme.read_text()
        readme.write_text("# Notes of mine\n")

        done = copy.run("make mine HUE=30")

        assert done.returncode != 0
        assert "Commit them first. Nothing was changed." in done.stderr
        assert readme.read_text() == "# Notes of mine\n"
        readme.write_text(before)  # for the other tests of this copy, whichever comes next


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("make mine", "Say what to change"),
        ("make mine HUE=190", "on-brand on brand in the dark theme reaches"),
        ("make mine HUE=190", "The nearest hue that can be read is 153."),
        ("make mine HUE=green", "whole number from 0 to 359"),
        ("make mine NAME='\"; drop'", "NAME is"),
        ("make mine NAME=日本", "SLUG is ''. Choose one like acme-tools"),
        ("make mine DOMAIN=https://acme.example", "DOMAIN is"),
        ("make mine SENDER=acme", "SENDER is"),
        ("NAME=laptop make mine", "Say what to change"),
    ],
)
def test_what_can_not_be_is_refused(copy: Clone, command: str, answer: str) -> None:
    before = text_of(copy, "config/product.py")

    done = copy.run(command)

    assert done.returncode != 0
    assert answer in done.stderr
    assert done.stderr.count("Nothing was changed.") == 1
    assert text_of(copy, "config/product.py") == before
