"""Following a job: its page moves by itself while the work goes on elsewhere."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from apps.jobs.upkeep import run_due_tasks
from tests.factories import radar, tenancy
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_an_import_is_followed_to_its_end(
    somebody: Callable[..., Person], tmp_path: Path, theme: str, width: int
) -> None:
    workspace = tenancy.workspace(name="Northwind")
    with tenancy.scope_of(workspace):
        radar.competitor(name="Contoso")
    file = tmp_path / "signals-of-the-first-quarter.csv"
    rows = "".join(f"Opens branch {number},Contoso,hiring\n" for number in range(300))
    file.write_text(f"title,competitor,kind\n{rows}Nonsense,Contoso,gossip\n")
    ana = somebody(theme=theme, width=width)
    ana.sign_in(tenancy.member(workspace, "member"))
    ana.open(f"/w/{workspace.slug}/signals/import/")
    ana.page.locator("[name=file]").set_input_files(file)
    ana.click("Look at the file")
    ana.click("Import the 300 good rows")

    ana.sees("You can leave this page")
    bar = ana.page.locator("#job progress")
    expect(bar).to_have_attribute("value", "0")
    ana.check()
    ana.page.locator("#cancel").focus()
    with ana.page.expect_response("**/progress/"):
        pass
    expect(ana.page.locator("#cancel")).to_be_focused()

    run_due_tasks()
    expect(bar).to_have_attribute("value", "100")
    ana.sees("300 signals imported.")
    ana.sees("1 row with faults was left out.")
    expect(ana.page.locator("[hx-trigger]")).to_have_count(0)
    ana.check()
    wide = ana.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    with ana.page.expect_download() as download:
        ana.click("Download", role="link")
    assert "302,kind,gossip" in download.value.path().read_text()
    ana.open(f"/w/{workspace.slug}/jobs/")
    ana.sees("Import of signals-of-the-first-quarter.csv")
