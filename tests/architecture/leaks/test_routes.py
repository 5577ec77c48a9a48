"""Nobody reads or changes anything of a workspace they don't belong to: tried at every address there is.

docs/guides/walls.md tells how it works.
"""

import pytest

from tests.architecture.leaks import routes
from tests.architecture.leaks.attack import Siege
from tests.architecture.leaks.conftest import Person, Program
from tests.architecture.leaks.exemptions import UNREACHED
from tests.architecture.leaks.plans import Planner

ROUTES = routes.find()


@pytest.fixture(scope="module")
def planner(siege: Siege, attackers: list[Person | Program]) -> Planner:
    return Planner(siege, ROUTES, attackers[0])


def test_the_victim_has_a_row_in_every_tenant_table(siege: Siege) -> None:
    assert siege.victim.empty_tables() == [], (
        "The leak test proves nothing for these tables. Make a row in `tell` of tests/factories/<module>.py."
    )


@pytest.mark.parametrize("route", [route for route in ROUTES if route.has_workspace], ids=str)
def test_there_is_something_to_steal(planner: Planner, route: routes.Route) -> None:
    """An address that is empty for its owner too would prove nothing."""
    assert planner.leads_somewhere(route) or str(route) in UNREACHED, (
        f"{route} ({route.view}) answers 404 to the victim's owner. Make what it shows in "
        "`tell` of tests/factories/<module>.py, or add it to UNREACHED in exemptions.py with the reason."
    )


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_the_walls_hold(
    siege: Siege, attackers: list[Person | Program], planner: Planner, route: routes.Route
) -> None:
    faults = [
        fault
        for attacker in attackers
        if route.is_api or not isinstance(attacker, Program)
        for attempt in planner.attempts(route, attacker)
        for fault in siege.faults(route, attacker, attempt)
    ]

    assert not faults, "\n".join(faults)
