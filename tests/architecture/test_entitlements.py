"""Nothing is sold that no code asks for: features are required, limits claimed or read, and meters counted."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from apps.entitlements.interface import EVERY_FEATURE, Meter, Plan, limits, meters, plans

APPS = Path(__file__).resolve().parents[2] / "apps"
SOURCES = sorted(path for path in APPS.rglob("*.py") if "dev" not in path.relative_to(APPS).parts)


def given(sources: Iterable[Path], function: str, argument: str) -> set[str]:
    """Return the texts that calls of a function give for an argument: as they are, or by a constant of the file."""
    return {text for path in sources for text in _given(ast.parse(path.read_text()), function, argument)}


def _given(tree: ast.Module, function: str, argument: str) -> Iterator[str]:
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and function in (
            getattr(node.func, name, "") for name in ("id", "attr")
        ):
            for value in [*node.args[:1], *(each.value for each in node.keywords if each.arg == argument)]:
                text = (
                    constants.get(value.id) if isinstance(value, ast.Name) else getattr(value, "value", None)
                )
                if isinstance(text, str):
                    yield text


def faults(sold: Sequence[Plan], counted: Sequence[Meter], sources: Sequence[Path]) -> list[str]:
    """Return what these plans sell and these sources do not hold anybody to."""
    features = {name for plan in sold if plan.features != EVERY_FEATURE for name in plan.features}
    required = given(sources, "require", "feature") | given(sources, "requires_feature", "name")
    named = {name for plan in sold for name in plan.limits} - {meter.limit for meter in counted}
    figures = {limit.name for limit in limits() if limit.count is None}
    recorded = given(sources, "record", "meter")
    return [
        *(f"no code requires the feature {name}" for name in sorted(features - required)),
        *(
            f"no code claims the limit {name}"
            for name in sorted(named - figures - given(sources, "claim", "limit"))
        ),
        *(
            f"no code reads the limit {name}"
            for name in sorted(named & figures - given(sources, "limit", "name"))
        ),
        *(f"no code counts the meter {meter.name}" for meter in counted if meter.name not in recorded),
    ]


def test_all_that_is_sold_is_held_to() -> None:
    assert faults(plans(), meters(), SOURCES) == []


def test_what_nobody_is_held_to_is_found(tmp_path: Path) -> None:
    source = tmp_path / "services.py"
    source.write_text('NAME = "audit.export"\nentitlements().require(tenant_id=one, feature=NAME)\n')
    pro = Plan(
        code="pro",
        name="Pro",
        tagline="For some",
        features=frozenset({"audit.export", "api.access"}),
        limits={"members.seats": 3, "audit.days": 7, "usage.checks": 9},
    )

    assert faults([pro], meters(), [source]) == [
        "no code requires the feature api.access",
        "no code claims the limit members.seats",
        "no code reads the limit audit.days",
        "no code counts the meter checks",
    ]
