"""An owner goes from Free to a paid plan, with a card that is refused first, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest

from apps.billing.emulator import Emulator
from apps.billing.services.catalogue import catalogue_sync
from apps.jobs.upkeep import run_due_tasks
from tests.billing.conftest import stripe, stripe_emulator  # noqa: F401 - fixtures
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [320, 1440])
def test_from_free_to_paid(
    somebody: Callable[..., Person],
    stripe: Emulator,  # noqa: F811
    live_server: Any,
    theme: str,
    width: int,
) -> None:
    catalogue_sync(is_rehearsal=False)
    stripe.register(f"{live_server.url}/stripe/webhook/")
    owner = person(name="Ana Ruiz", email="ana@acme.example")
    workspaces.workspace(name="Acme", slug="acme", owner=owner)
    hers = somebody(theme=theme, width=width)
    hers.open("/pricing/")
    hers.click("Yearly", role="link")
    hers.sees("per member and year")
    hers.check()

    hers.sign_in(owner)
    hers.open("/w/acme/billing/")
    hers.click("Choose Team")
    hers.sees("Card number")
    hers.fill(number="4000000000000002")
    hers.page.get_by_role("button").first.click()
    hers.sees("Your card was declined.")
    hers.fill(number="4242424242424242")
    hers.page.get_by_role("button").first.click()
    hers.sees("Thank you. Your plan is active.")
    hers.complaints.clear()  # of the emulator's pages: a 402, and no icon
    hers.check()

    hers.click("Change to Business", role="link")
    hers.sees("Due today")
    hers.check()
    hers.click("Change to Business")
    hers.sees("Your plan is Business now.")
    hers.check()
    run_due_tasks()
    hers.page.reload()
    hers.sees("Active")
