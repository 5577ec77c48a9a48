"""The pages of a fresh module, in a real browser. tests/dev/test_first_module.py runs it where there is one."""

from collections.abc import Callable

import pytest

from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)

LOOKS = "[...document.querySelectorAll('main, main *')].flatMap(e => [e.tagName, ...e.classList])"


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_an_invoice_looks_like_what_is_there(somebody: Callable[..., Person], theme: str, width: int) -> None:
    ana = somebody(theme=theme, width=width)
    ana.open("/account/login/")
    ana.fill(login=workspaces.member(workspaces.workspace(slug="acme"), "admin").email, password=PASSWORD)
    ana.click("Log in")
    ana.page.wait_for_url("**/w/**")

    new = walk(ana, "invoice", amount="1250.50", due="2026-01-31", title="Yearly review")
    # A required choice begins at its first.
    ana.sees("Draft")
    known = walk(ana, "competitor", name="Contoso") | walk(ana, "signal", title="Contoso cut its price")
    assert new - known == set()


def walk(person: Person, what: str, **typed: str) -> set[str]:
    """Add a row, change it, delete it and bring it back; return the tags and classes of all pages on the way."""
    looks: set[str] = set()

    def look() -> None:
        person.check()
        looks.update(person.page.evaluate(LOOKS))

    name = list(typed.values())[-1]
    person.page.goto(f"{person.address}/w/acme/{what}s/")
    look()
    person.click(f"Add {what}", role="link")
    look()
    person.fill(**typed)
    for select in person.page.locator("main select[required]").all():
        if not select.input_value():
            select.select_option(index=1)
    person.click(f"Add {what}")
    person.sees(name)
    person.page.goto(f"{person.address}/w/acme/{what}s/")
    look()
    person.click(f"Actions for {name}")
    look()
    person.click(name, role="link")
    look()
    person.click("Edit", role="link")
    look()
    person.click("Save changes")
    person.sees("Changes saved.")
    look()
    person.click("Delete")
    person.sees("deleted")
    look()
    person.click("Undo")
    person.sees("is back")
    look()
    return looks
