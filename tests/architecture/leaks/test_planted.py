"""Each planted leak is found, and the sentence names it."""

import pytest
from django.test import override_settings
from django.urls import clear_url_caches

from tests.architecture.leaks import commands, planted, routes
from tests.architecture.leaks.attack import Siege
from tests.architecture.leaks.conftest import Person, Program
from tests.architecture.leaks.plans import Planner

OWNER, KEY, NEMO, NOBODY = (
    "the owner of another workspace",
    "another workspace's API key",
    "a member of nothing",
    "nobody",
)
EXPECTED = {
    "reads_as_platform": (OWNER, "It told “Shelf kq7vict” of the victim (bookshop.Shelf.name)."),
    "names_a_workspace": (NOBODY, "It told “Works kq7vict” of the victim (tenancy.Tenant.name)."),
    "tells_that_it_exists": (NEMO, "It answered 200 for something of the victim's; it must be 404 or 403."),
    "changes_a_row": (OWNER, "It changed rows of the victim in pool.bookshop_book."),
    "fails": (OWNER, "It answered 500, from DoesNotExist"),
    "backoffice_page": (NEMO, "It let somebody in who is no staff (200)."),
    "ForgetsScope": (KEY, "It told “Shelf kq7vict” of the victim (bookshop.Shelf.name)."),
}


@pytest.fixture(scope="module")
def found(siege: Siege, attackers: list[Person | Program]) -> dict[str, list[str]]:
    """What is found at each planted address, by the name of its view."""
    with override_settings(ROOT_URLCONF=planted.__name__):
        clear_url_caches()
        planted_routes = routes.find(module=planted.__name__)
        planner = Planner(siege, planted_routes, attackers[0])
        faults: dict[str, list[str]] = {}
        for route in planted_routes:
            for attacker in attackers:
                for attempt in planner.attempts(route, attacker):
                    name = route.view.rpartition(".")[2]
                    faults.setdefault(name, []).extend(siege.faults(route, attacker, attempt))
    clear_url_caches()
    return faults


@pytest.mark.parametrize("view", EXPECTED)
def test_a_planted_leak_is_found(found: dict[str, list[str]], view: str) -> None:
    attacker, fault = EXPECTED[view]

    assert [told for told in found[view] if f"by {attacker}: {fault}" in told]


def test_every_planted_leak_is_expected(found: dict[str, list[str]]) -> None:
    assert found.keys() == EXPECTED.keys()


def test_a_command_that_ignores_its_tenant_is_found(siege: Siege) -> None:
    faults = commands.faults(siege, "planted", planted.IgnoresTenant())

    assert [fault.partition(" Read")[0] for fault in faults] == [
        "manage.py planted --tenant magpie-works printed “Shelf kq7vict” of another workspace "
        "(bookshop.Shelf.name).",
        "manage.py planted --tenant magpie-works changed rows of another workspace in pool.bookshop_book.",
    ]


def test_a_command_that_says_nothing_of_tenants_is_found(siege: Siege) -> None:
    assert commands.faults(siege, "planted", planted.SaysNothing()) == [
        "manage.py planted takes no --tenant. Give it one, or add it to CROSSING in "
        "tests/architecture/leaks/exemptions.py with the reason why it crosses workspaces."
    ]


def test_a_tenant_table_that_the_story_forgets_is_found(
    siege: Siege, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(siege.victim.rows, "bookshop.Book", [])

    assert siege.victim.empty_tables() == ["pool.bookshop_book"]
