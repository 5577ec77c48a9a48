"""Each import contract holds, and breaks when somebody plants what it forbids."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")

VIOLATIONS = {
    "floors": ("apps/core/ids.py", "import apps.audit.interface"),
    "faces": ("apps/audit/models.py", "import apps.tenancy.models"),
    "inside": ("apps/tenancy/selectors.py", "import apps.tenancy.handlers"),
    "composition": ("apps/core/clock.py", "import config.env"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code and its contracts, where they can be spoilt."""
    for folder in ("apps", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache", "--contract", contract], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_planted_violation_is_found(copy: Path, contract: str) -> None:
    file, line = VIOLATIONS[contract]
    assert lint(copy, contract).returncode == 0

    with (copy / file).open("a") as module:
        module.write(f"\n{line}\n")

    outcome = lint(copy, contract)
    assert outcome.returncode == 1
    assert "BROKEN" in outcome.stdout


def test_every_contract_has_its_violation() -> None:
    declared = {
        line.partition('"')[2].rstrip('"')
        for line in (ROOT / "pyproject.toml").read_text().splitlines()
        if line.startswith("id = ")
    }
    assert declared == set(VIOLATIONS)
