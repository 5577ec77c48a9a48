"""A person at a browser: every page they come to is held against the same three rules."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from apps.accounts.models import User
from tests.factories import accounts as people
from tests.factories.accounts import PASSWORD

#: Chromium without its own errands: it looks nothing up and downloads nothing.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CANDIDATES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WIDTHS = {"narrow": 390, "wide": 1440}
#: What has the focus: what it is called, its name in a form, and whether one sees that it has it.
FOCUSED = """(() => {
  const e = document.activeElement, style = getComputedStyle(e)
  const text = e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || ''
  return [text.trim(), e.name || '', style.outlineStyle !== 'none' || style.boxShadow !== 'none']
})()"""
POLICY = "Content Security Policy"
#: Rules that Django's own admin pages break; ours keep them.
ADMIN_EXEMPT = {"label", "aria-prohibited-attr"}


def find_chromium() -> str:
    """Return the path of an installed Chromium, or an empty text."""
    given = os.environ.get("CHROME_PATH", "")
    return given or next((path for name in CANDIDATES if (path := shutil.which(name))), "")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


PATIENCE = 10_000  # milliseconds, for a page on a busy machine
expect.set_options(timeout=PATIENCE)


@dataclass
class Person:
    """A browser window. `check` is called on every page that they come to."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.set_default_timeout(PATIENCE)

    def sign_in(self, user: User) -> None:
        """Give the window somebody's session, for journeys that are not about the log-in form."""
        client = Client()
        people.log_in(client, user)
        name = settings.SESSION_COOKIE_NAME
        session = {"name": name, "value": client.cookies[name].value, "url": self.address}
        self.page.context.add_cookies([session])  # type: ignore[list-item]

    def open(self, path: str) -> None:
        """Go to a page and check it."""
        self.page.goto(self.address + path)
        self.check()

    def click(self, name: str, role: str = "button") -> None:
        """Press the button, or follow the link, of a name."""
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]

    def fill(self, **fields: str) -> None:
        """Fill the fields of a form by their names."""
        for name, value in fields.items():
            self.page.locator(f"[name='{name}']:visible").first.fill(value)

    def tab_to(self, name: str) -> None:
        """Press Tab until what is called so has the focus, and is seen to have it."""
        for _step in range(60):
            *names, is_visible = self.page.evaluate(FOCUSED)
            if name in names:
                assert is_visible, f"The focus on “{name}” is not to be seen"
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to “{name}”; the last stop was “{names[0]}”")

    def press(self, name: str) -> None:
        """Press the button, or follow the link, of a name without a mouse."""
        self.tab_to(name)
        self.page.keyboard.press("Enter")

    def log_in_by_keys(self, email: str) -> None:
        """Log in without a mouse."""
        self.page.goto(self.address + "/account/login/")
        self.tab_to("login")
        self.page.keyboard.type(email)
        self.tab_to("password")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/account/login" not in url)

    def sees(self, text: str) -> None:
        """Wait until a text is shown."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def check(self, *, exempt: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        """Hold the page against the rules: no errors, nothing that axe finds, no scrolling sideways."""
        self.page.wait_for_load_state("load")
        assert self.complaints == []
        assert self._accessibility(exempt) == []
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{self.page.url} is {overflow} px wider than the window"

    def _accessibility(self, exempt: set[str]) -> list[str]:
        # axe is put into the page by the browser itself, which the page's policy rightly complains about.
        before = list(self.complaints)
        found = Axe().run(self.page).response["violations"]
        self.complaints = before + [text for text in self.complaints[len(before) :] if POLICY not in text]
        return [
            f"{self.page.url}: {violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
            for violation in found
            if violation["id"] not in exempt
            for node in violation["nodes"]
        ]

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")
