"""The radar's part of the page where a person tries to break in."""

import pytest

from apps.dev.walls.attempts import all_attempts
from apps.dev.walls.trial import try_attempt

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "wall"),
    [
        ("competitor", "The service, to which the row is not there"),
        ("signals", "The scope wall"),
        ("foreign_key", "The foreign key with the tenant"),
    ],
)
def test_the_wall_that_answers_is_named(name: str, wall: str) -> None:
    assert str(try_attempt(all_attempts()[name])[0].by) == wall


def test_without_the_walls_the_signals_would_come_through() -> None:
    assert [answer.held for answer in try_attempt(all_attempts()["signals"])] == [True, True, True, False]
