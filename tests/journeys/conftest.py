"""Browser tests run where a Chromium is installed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from apps.core.ids import new_id
from tests.journeys.browser import WIDTHS, Person, chromium, find_chromium

# Playwright keeps an event loop in the test's thread, and Django would refuse to query beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In CI, where machines are shared, a browser may be too slow once: a journey that fails runs again (an R)."""
    if os.environ.get("CI") == "true":
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not find_chromium():
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER is set, and no Chromium was found. Install one, or set CHROME_PATH.")
        pytest.skip("No Chromium was found. Install one, or set CHROME_PATH, to run the browser tests.")
    with chromium() as started:
        yield started


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return WIDTHS[request.param]


@pytest.fixture
def somebody(browser: Browser, live_server: Any, settings: Any) -> Iterator[Callable[..., Person]]:
    """Open a window for a person: `somebody(theme="dark", width=390)`."""
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    # The server's threads keep their own connections to the cache, and rate limits would count across tests.
    own = {"KEY_PREFIX": new_id().hex}
    settings.CACHES = {name: cache | own for name, cache in settings.CACHES.items()}
    contexts = []

    def open_window(*, theme: str = "light", width: int = 1440) -> Person:
        context = browser.new_context(
            color_scheme=theme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
        )
        contexts.append(context)
        return Person(page=context.new_page(), address=live_server.url)

    yield open_window
    for context in contexts:
        context.close()
