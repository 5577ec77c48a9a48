"""The kill test would notice: each fault, planted where the consumers leave their effects, is counted."""

import pytest
from django.db import connection

from tests.background import chaos, traces

WALKED = 3


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize(
    ("left", "found"),
    [
        ([1, 2, 3], (0, 0, 0)),
        ([1, 3], (1, 0, 0)),
        ([1, 2], (1, 0, 0)),
        ([], (3, 0, 0)),
        ([1, 2, 2, 3], (0, 1, 0)),
        ([1, 2, 3, 1], (0, 1, 1)),
        ([2, 1, 3], (0, 0, 1)),
        ([3, 3, 1], (1, 1, 1)),
    ],
)
def test_a_planted_fault_is_found(left: list[int], found: tuple[int, int, int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("insert into background_walk values ('home', %s)", [WALKED])
    for number in range(1, WALKED + 1):
        traces.leave("first", "home", number)
    for number in left:
        traces.leave("second", "home", number)

    outcome = chaos.judge(events=WALKED, kills=0, seconds=0)

    assert (outcome.lost, outcome.doubled, outcome.misordered) == found
