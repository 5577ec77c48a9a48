"""Axes of charts: round, whole, and as high as the highest bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.charts import STEPS, axis


@given(st.integers(min_value=0, max_value=10**15))
def test_an_axis_covers_its_bars_in_few_round_steps(highest: int) -> None:
    marks = axis(highest)
    step = marks[-2]

    assert marks == [step * number for number in range(len(marks) - 1, -1, -1)]
    assert 1 <= len(marks) - 1 <= STEPS
    assert marks[1] < max(highest, 1) <= marks[0]
    assert str(step).rstrip("0") in ("1", "2", "25", "5")


@pytest.mark.parametrize(
    ("highest", "marks"),
    [
        (0, [1, 0]),
        (3, [3, 2, 1, 0]),
        (12, [15, 10, 5, 0]),
        (66, [80, 60, 40, 20, 0]),
        (101, [125, 100, 75, 50, 25, 0]),
        (132, [150, 100, 50, 0]),
    ],
)
def test_examples(highest: int, marks: list[int]) -> None:
    assert axis(highest) == marks
