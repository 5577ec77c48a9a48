"""The README's “Your first module”, done word for word in a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KEPT = (
    "apps",
    "config",
    "deploy",
    "docs",
    "locale",
    "requirements",
    "static",
    "templates",
    "tests",
    ".github",
)
#: The gates of `make check` that tell anything about the new code; types take a minute without a cache.
GATES = ["check-format", "check-lint", "check-imports", "check-django", "check-migrations"]


def commands() -> list[str]:
    """The lines of the section's code blocks."""
    section = (ROOT / "README.md").read_text().partition("## Your first module\n")[2].partition("\n## ")[0]
    return [line for block in re.findall(r"```\n(.*?)```", section, re.DOTALL) for line in block.splitlines()]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project as it stands, with the packages of this one."""
    for name in KEPT:
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parents[1])
    return tmp_path


def run(command: str, folder: Path) -> str:
    """Run a line of the README; the packages are there, so `make check` is told not to install them."""
    command = command.replace("make check", f"make -s -o install {' '.join(GATES)}")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO", "MAKE"))
    }
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)  # noqa: S602
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.skipif(
    not (ROOT / "apps/radar").exists() or (ROOT / "apps/invoices").exists(),
    reason="The README was followed here.",
)
def test_the_readme_s_first_module_is_made_and_radar_taken_out(copy: Path) -> None:
    told = [run(command, copy) for command in commands()]

    assert "apps/invoices/models.py" in told[0]
    assert not (copy / "apps/radar").exists()
    assert "radar" not in (copy / "config/settings/base.py").read_text()
    # The new module, the walls around it, and the demo data, now that the example is gone.
    run(
        ".venv/bin/pytest tests/invoices tests/architecture/test_boundaries.py tests/dev/test_seed_demo.py"
        " tests/architecture/test_catalogue.py -k 'not planted and not found'",
        copy,
    )
