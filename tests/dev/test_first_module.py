"""The README's “Your first module”, done word for word in a copy of the project."""

from pathlib import Path

import pytest

from tests.clones import clone, commands_of
from tests.databases import ROOT

#: The gates of `make check` that tell anything about the new code; types take a minute without a cache.
GATES = "check-format check-lint check-imports check-django check-migrations"


@pytest.mark.skipif(
    not (ROOT / "apps/radar").exists() or (ROOT / "apps/invoices").exists(),
    reason="The README was followed here.",
)
def test_the_readme_s_first_module_is_made_and_radar_taken_out(tmp_path: Path) -> None:
    copy = clone(tmp_path)
    start, test, remove, check = commands_of("Your first module")

    assert "apps/invoices/models.py" in copy.must(start)
    copy.must(f"{test} tests/journeys/first_module.py")
    assert copy.must("git status --porcelain -- static") == ""
    copy.must(remove)
    copy.must(check.replace("make check", f"make {GATES}"))

    assert not (copy.root / "apps/radar").exists()
    assert "radar" not in (copy.root / "config/settings/base.py").read_text()
    # What measured the rest of the house still does.
    assert "silos, webhooks, workspaces." in copy.run("make bench NAMES=radar").stdout
    # The new module, the walls around it, and the demo data, now that the example is gone.
    copy.must(
        ".venv/bin/pytest tests/invoices tests/architecture/test_boundaries.py tests/dev/test_seed_demo.py"
        " tests/architecture/test_catalogue.py -k 'not planted and not found'"
    )
