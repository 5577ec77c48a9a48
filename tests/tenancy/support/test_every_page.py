"""Support comes to every address of a workspace: it reads what the member may, and changes nothing."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import resolve

from apps.core.support import is_allowed
from tests.architecture.leaks import routes
from tests.architecture.leaks.holdings import Holdings, fingerprint
from tests.architecture.leaks.routes import Route, models_for
from tests.architecture.leaks.story import tell
from tests.factories import support

pytestmark = pytest.mark.django_db(transaction=True)
OUT = "/support/end/"
IN_WORKSPACE = [
    route for route in routes.find() if route.template.startswith("/w/") and not route.template.endswith(OUT)
]


def addresses(route: Route, holdings: Holdings) -> Iterator[str]:
    """Yield a route's addresses with the workspace's own ids."""
    choices = {"workspace": [holdings.told.tenant.slug]}
    for name in set(route.arguments) - {"workspace"}:
        fitting = [label for label in models_for(name, route) if holdings.rows.get(label)]
        choices[name] = holdings.ids_of(fitting)[:3] if fitting else [str(holdings.told.tenant.id)]
    for number in range(max(map(len, choices.values()))):
        yield route.path({name: values[number % len(values)] for name, values in choices.items()})


@pytest.fixture
def holdings() -> Holdings:
    told = Holdings(tell("kestrel-works", "kq7vict"))
    assert told.rows
    return told


def begun(holdings: Holdings, **given: str) -> Client:
    """Return the browser of support, who came as the owner."""
    browser = support.begin(holdings.told.tenant, holdings.told.owner, **given)
    browser.raise_request_exception = False
    return browser


def work(holdings: Holdings) -> dict[str, str]:
    """Return the digests of all tables but the audit log's, where refusals are recorded."""
    return {table: digest for table, digest in fingerprint(holdings).items() if "audit_" not in table}


def test_every_page_is_shown_with_the_banner_or_refused_and_none_changes_anything(holdings: Holdings) -> None:
    browser = begun(holdings)
    before = work(holdings)

    faults, shown = [], 0
    for address in {found for route in IN_WORKSPACE for found in addresses(route, holdings)}:
        answer = browser.get(address)
        content = answer.getvalue()
        is_page = answer.status_code == 200 and b"<!doctype html>" in content
        shown += is_page
        if answer.status_code not in {200, 302, 402, 403, 404, 405}:
            faults.append(f"{address}: {answer.status_code}")
        elif is_page and b"You see Works kq7vict as" not in content:
            faults.append(f"{address}: no banner")

    assert faults == []
    assert shown > 30
    assert work(holdings) == before


def test_every_change_is_refused_with_a_sentence(holdings: Holdings) -> None:
    browser = begun(holdings)
    before = work(holdings)

    answers = {
        f"{method} {address}": browser.generic(method, address)
        for route in IN_WORKSPACE
        for address in addresses(route, holdings)
        for method in ("POST", "PUT", "PATCH", "DELETE")
    }

    sentence = b"This support session is read-only. Nothing was changed."
    assert [name for name, answer in answers.items() if sentence not in answer.content] == []
    assert work(holdings) == before


def test_what_no_module_allows_is_refused_where_changes_are_allowed(holdings: Holdings) -> None:
    browser = begun(holdings, may_write="on")
    before = work(holdings)

    answers = {
        address: browser.post(address)
        for route in IN_WORKSPACE
        for address in addresses(route, holdings)
        if not is_allowed(resolve(address).view_name)
    }

    assert [address for address, answer in answers.items() if answer.status_code != 403] == []
    assert work(holdings) == before
