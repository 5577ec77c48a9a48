"""How people log in, at browsers: codes from an app, passkeys, confirming that it's them, and their devices."""

import re
from collections.abc import Callable
from importlib import import_module

import pytest
from django.conf import settings
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.core import step_up
from tests.accounts.test_second_steps import code_of
from tests.factories import tenancy as workspaces
from tests.factories.accounts import PASSWORD
from tests.factories.accounts import person as make_person
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)

Somebody = Callable[..., Person]
SECURITY = "/account/security/"


@pytest.fixture
def ana(db: None) -> User:
    owner = make_person(email="ana@northwind.example", name="Ana Ruiz")
    workspaces.workspace(name="Northwind", slug="northwind", owner=owner)
    return owner


def give_password(window: Person, user: User) -> None:
    window.open("/account/login/")
    window.fill(login=user.email, password=PASSWORD)
    window.click("Log in")
    window.page.wait_for_load_state()


def log_out(window: Person) -> None:
    window.page.goto(window.address + "/account/logout/")
    window.page.locator("main").get_by_role("button", name="Log out").click()
    window.page.wait_for_url(window.address + "/")


def let_time_pass(window: Person) -> None:
    """Have it be long ago that the window's person showed who they are."""
    [key] = [
        cookie["value"]
        for cookie in window.page.context.cookies()
        if cookie["name"] == settings.SESSION_COOKIE_NAME
    ]
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    session[step_up.KEY] -= 3600
    session.save()


def keep_codes(window: Person) -> list[str]:
    window.sees("They aren't shown again.")
    window.check()
    codes = window.page.locator("#recovery-codes").inner_text().split()
    window.click("I have kept them", role="link")
    return codes


class Authenticator:
    """The window's own authenticator, which a finger is always on, unless it is taken away."""

    def __init__(self, window: Person) -> None:
        self.devtools = window.page.context.new_cdp_session(window.page)
        self.devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = added["authenticatorId"]

    def recognise(self, whether: bool) -> None:
        """Have it recognise the finger from now on, or not."""
        given = {"authenticatorId": self.id, "isUserVerified": whether}
        self.devtools.send("WebAuthn.setUserVerified", given)


def test_codes_from_an_app(somebody: Somebody, ana: User, theme: str, width: int) -> None:
    window = somebody(theme=theme, width=width)
    give_password(window, ana)
    window.open(SECURITY)
    window.click("Turn on", role="link")
    window.sees("Scan the picture")
    window.check()
    key = window.page.locator("#totp-key").inner_text()
    window.fill(code="000000")
    window.click("Turn on")
    window.sees("This code isn't right")
    window.check()
    window.fill(code=code_of(key))
    window.click("Turn on")
    codes = keep_codes(window)
    window.sees("10 codes left")
    window.check()

    log_out(window)
    give_password(window, ana)
    window.sees("One more step")
    window.check()
    window.fill(code=codes[0])
    window.click("Log in")
    window.page.wait_for_url(re.compile("/w/northwind/"))

    window.open(SECURITY)
    window.sees("9 codes left")
    window.click("Turn off", role="link")
    window.sees("Turn off codes from an app?")
    window.check()
    window.click("Turn off")
    window.sees("Codes from an app are off.")


def test_a_passkey_alone(somebody: Somebody, ana: User) -> None:
    window = somebody(theme="dark", width=390)
    finger = Authenticator(window)
    give_password(window, ana)
    window.open(SECURITY)
    window.click("Add a passkey", role="link")
    window.sees("Log in with your fingerprint")
    window.check()
    window.fill(name="My laptop")
    finger.recognise(False)
    window.click("Add a passkey")
    window.sees("No passkey was used.")
    finger.recognise(True)
    window.click("Add a passkey")
    keep_codes(window)
    window.sees("My laptop")
    window.check()

    log_out(window)
    window.open("/account/login/?next=/account/")
    window.click("Log in with a passkey")
    window.page.wait_for_url(window.address + "/account/")

    log_out(window)
    give_password(window, ana)
    window.sees("Use your passkey")
    window.check()
    window.click("Use a passkey")
    window.page.wait_for_url(re.compile("/w/northwind/"))

    let_time_pass(window)
    window.page.goto(window.address + "/w/northwind/settings/delete/")
    window.sees("Confirm it's you")
    window.check()
    window.click("Use a passkey")
    window.page.wait_for_url(re.compile("/settings/delete/"))

    window.open(SECURITY)
    window.click("Actions for My laptop")
    window.click("Rename", role="link")
    window.check()
    window.fill(name="Work laptop")
    window.click("Save")
    window.sees("Work laptop")
    window.click("Actions for Work laptop")
    window.click("Remove", role="link")
    window.sees("Remove “Work laptop”?")
    window.check()
    window.click("Remove")
    window.sees("The passkey is removed.")
    expect(window.page.get_by_text("Work laptop")).to_have_count(0)


def test_confirming_that_it_is_you(somebody: Somebody, ana: User) -> None:
    window = somebody(width=390)
    give_password(window, ana)
    let_time_pass(window)
    window.page.goto(window.address + "/w/northwind/keys/new/")
    window.sees("What you are about to do needs your password.")
    window.check()
    window.fill(password="wrong")
    window.click("Go on")
    window.sees("This isn't your password.")
    window.fill(password=PASSWORD)
    window.click("Go on")
    window.page.wait_for_url(re.compile("/w/northwind/keys/new/"))
    window.fill(name="Nightly import")
    window.click("Create key")
    window.sees("Copy it now")


def test_ending_the_other_devices(somebody: Somebody, ana: User) -> None:
    here, there = somebody(), somebody(width=390)
    for window in (here, there):
        give_password(window, ana)
    here.open(SECURITY)
    here.sees("You are logged in on 2 devices.")
    here.click("Look at them", role="link")
    here.click("Log out everywhere else")
    here.sees("Logged out on 1 other device.")
    there.page.goto(there.address + SECURITY)
    there.page.wait_for_url(re.compile("/account/login/"))
