"""A day with many signals: acting on several at once, keeping a filter, bringing a file in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.factories import radar, tenancy
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]


@pytest.fixture
def workspace() -> Tenant:
    tenant = tenancy.workspace(name="Northwind")
    with tenancy.scope_of(tenant):
        competitor = radar.competitor(name="Contoso").id
        for number in range(30):
            kind = "price" if number % 2 else "press"
            radar.signal(competitor_id=competitor, title=f"Signal number {number}", kind=kind, importance=1)
    return tenant


@pytest.fixture(params=[("light", 1440), ("dark", 390)], ids=["wide", "narrow"])
def ana(somebody: Somebody, workspace: Tenant, request: pytest.FixtureRequest) -> Person:
    """A member at the list of signals."""
    theme, width = request.param
    person = somebody(theme=theme, width=width)
    person.sign_in(tenancy.member(workspace, "member"))
    person.open(f"/w/{workspace.slug}/signals/")
    return person


def test_many_signals_are_changed_and_deleted_and_brought_back(ana: Person) -> None:
    boxes = ana.page.locator("[name=ids]")
    boxes.nth(0).focus()
    ana.page.keyboard.press("Space")
    boxes.nth(3).click(modifiers=["Shift"])
    ana.sees("4 ticked")
    ana.check()
    ana.page.locator(".bulk-bar [name=importance]").select_option("3")
    ana.click("Change")
    ana.sees("4 signals changed.")
    ana.check()

    ana.page.locator("[name=kind]").first.select_option("price")
    ana.page.wait_for_url("**kind=price**")
    ana.page.locator("[name=ids]").first.check()
    ana.page.locator("[data-tick-all]:visible").last.check()
    ana.sees("15 ticked")
    ana.page.locator(".bulk-bar").get_by_role("button", name="Delete").click()
    ana.sees("15 signals deleted.")
    ana.sees("No signals match")
    ana.check()
    ana.click("Undo")
    ana.sees("15 signals are back.")
    assert "kind=price" in ana.page.url
    expect(ana.page.locator("[name=ids]")).to_have_count(15)
    ana.check()


def test_all_that_match_are_taken(ana: Person) -> None:
    ana.page.locator("[name=ids]").first.check()
    ana.page.get_by_label("All 30 that match").check()
    ana.page.locator(".bulk-bar [name=kind]").select_option("hiring")
    ana.click("Change")
    ana.sees("30 signals changed.")


def test_a_filter_is_kept(ana: Person) -> None:
    ana.page.locator("[name=kind]").first.select_option("price")
    ana.click("Save filter", role="link")
    ana.sees("Kind: Price")
    ana.check()
    ana.fill(name="Prices")
    ana.page.get_by_label("Open the list with it").check()
    ana.click("Save filter")
    ana.sees("Filter saved.")
    ana.check()
    ana.click("All signals", role="link")
    expect(ana.page.locator("[name=ids]")).to_have_count(25)
    ana.click("Prices", role="link")
    expect(ana.page.locator("[name=ids]")).to_have_count(15)

    ana.page.locator("[name=importance]").first.select_option("3")
    ana.sees("No signals match")
    ana.click("Change filter", role="link")
    ana.sees("Keep what the list shows now")
    ana.check()
    ana.click("Save changes")
    ana.sees("Changes saved.")
    ana.sees("No signals match")


def test_a_file_is_brought_in(ana: Person, workspace: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "march.csv"
    file.write_text(
        "What;Who;Art\nOpens in Oslo;Contoso;hiring\nSigns a chain;Fabrikam;press\nNonsense;Contoso;gossip\n"
    )
    ana.click("Import", role="link")
    ana.check()
    ana.page.locator("[name=file]").set_input_files(file)
    ana.click("Look at the file")
    ana.sees("Say what the columns hold")
    ana.check()
    ana.page.get_by_label("Title").select_option(label="What")
    ana.page.get_by_label("Competitor", exact=True).select_option(label="Who")
    ana.click("Check the file")
    ana.sees("You track no competitor of this name.")
    ana.sees("Use one of: price")
    ana.check()
    ana.page.get_by_label("Add competitors that are not on the radar yet").check()
    ana.click("Check again")
    ana.sees("New competitor")
    ana.check()
    with ana.page.expect_download() as download:
        ana.click("Download all", role="link")
    assert "4,Art,gossip" in download.value.path().read_text()
    ana.click("Import the 2 good rows")
    ana.sees("You can leave this page")
    ana.check()
    run_due_tasks()
    ana.sees("2 signals imported.")
    ana.sees("Line 4:")
    ana.check()
    ana.open(f"/w/{workspace.slug}/signals/")
    ana.sees("Signs a chain")
    ana.check()
