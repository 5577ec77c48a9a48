"""The table of attack cases says what is so: each is tried by tests that there are."""

import re

import pytest

from tests.architecture.test_asvs import NAMED_TEST, ROOT, named_in

TABLE = ROOT / "docs" / "security" / "attacks.md"
NOT_BUILT = "not built yet"


def rows() -> list[list[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if re.match(r"\| (\d|\|)", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0] or row[1])
def test_each_case_is_tried(row: list[str]) -> None:
    _number, attack, outcome, shown = row
    named = NAMED_TEST.findall(shown)

    assert attack
    assert bool(named) != (outcome == NOT_BUILT)
    for path, name in named:
        assert name in set(named_in(ROOT / "tests" / path)), f"{path}::{name}"
