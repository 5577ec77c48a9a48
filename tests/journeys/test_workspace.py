"""What owners do with a workspace as a whole, in a real browser."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from apps.accounts.models import User
from apps.tenancy.models import Tenant
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD, person
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]


@pytest.fixture
def owner() -> User:
    return person(name="Ana Ruiz", email="ana@acme.example")


@pytest.fixture
def acme(owner: User) -> Tenant:
    return workspaces.workspace(name="Acme", slug="acme", owner=owner)


def test_deleting_a_workspace_and_keeping_it(
    somebody: Somebody, acme: Tenant, owner: User, theme: str, width: int
) -> None:
    colleague = workspaces.member(acme, "admin", name="Li Wei")
    hers, his = somebody(theme=theme, width=width), somebody(theme=theme, width=width)
    his.sign_in(colleague)
    his.open("/w/acme/members/")
    hers.sign_in(owner)
    hers.open("/w/acme/settings/")

    hers.click("Delete…", role="link")
    hers.check()
    hers.fill(confirm="acme")
    hers.click("Delete this workspace")
    hers.sees("This workspace was deleted.")
    hers.check()

    his.page.goto(his.address + "/w/acme/members/")
    his.sees("Until then an owner can keep it")
    his.sees("Ana Ruiz")
    his.complaints.clear()  # Chromium logs every 403 as an error.
    his.check()

    hers.click("Keep this workspace")
    hers.sees("Everybody can come in again")
    hers.check()
    his.open("/w/acme/members/")
    his.sees("Members")


def test_changing_the_address(somebody: Somebody, acme: Tenant, owner: User, theme: str, width: int) -> None:
    window = somebody(theme=theme, width=width)
    window.sign_in(owner)
    window.open("/w/acme/settings/")

    window.click("Change the address", role="link")
    window.check()
    window.fill(slug="acme-labs")
    window.click("Change the address")
    window.sees("The workspace has its new address")
    window.sees("leads here until")
    window.check()

    window.open("/w/acme/members/?sort=title")
    assert window.page.url.endswith("/w/acme-labs/members/?sort=title")


def test_setting_a_logo(somebody: Somebody, acme: Tenant, owner: User, theme: str, width: int) -> None:
    window = somebody(theme=theme, width=width)
    window.sign_in(owner)
    window.open("/w/acme/settings/")
    drawn = BytesIO()
    Image.new("RGB", (300, 100), "teal").save(drawn, "PNG")
    picture: Any = {"name": "logo.png", "mimeType": "image/png", "buffer": drawn.getvalue()}

    window.page.locator("input[type=file]").set_input_files(picture)
    window.click("Upload")
    window.sees("The workspace has its new logo")
    window.check()
    width_of = "image => image.complete && image.naturalWidth"
    assert window.page.locator("main img.mark").evaluate(width_of) == 300

    window.click("Remove")
    window.sees("The logo was removed")
    assert window.page.locator("img.mark").count() == 0


def test_using_a_host_name_of_its_own(
    somebody: Somebody, acme: Tenant, owner: User, theme: str, width: int, settings: Any
) -> None:
    settings.LOCAL_HOSTS_ARE_VERIFIED = True
    window = somebody(theme=theme, width=width)
    window.sign_in(owner)
    window.open("/w/acme/settings/")
    window.click("Host names", role="link")
    window.check()
    window.fill(host="radar.example.com")
    window.click("Add")
    window.sees("Not proven yet")
    window.check()
    window.fill(host="acme.localhost")
    window.click("Add")
    window.sees("acme.localhost leads here now")
    window.check()

    own = somebody(theme=theme, width=width)
    own.address = own.address.replace("localhost", "acme.localhost").replace("127.0.0.1", "acme.localhost")
    own.page.goto(own.address + "/")
    own.fill(login=owner.email, password=PASSWORD)
    own.page.get_by_role("button", name="Log in").last.click()
    own.page.wait_for_url("**/w/acme/**")
    own.check()
    assert own.page.url.startswith(own.address)
    own.open("/w/acme/settings/")
    own.fill(name="Acme Labs")
    own.click("Save")
    own.sees("Settings saved")

    window.page.locator(".card", has_text="acme.localhost").get_by_role("button", name="Remove").click()
    window.sees("no longer leads here")
    own.page.goto(own.address + "/w/acme/settings/")
    assert own.page.locator("text=Acme Labs").count() == 0
