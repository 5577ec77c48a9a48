"""An owner buys a plan and keeps it, through a refused card and a missing payment, in a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.calendar import months_after
from apps.billing.services.catalogue import catalogue_sync
from apps.jobs.upkeep import run_due_tasks
from tests.billing.conftest import stripe, stripe_emulator  # noqa: F401 - fixtures
from tests.billing.test_seats import join, settle
from tests.factories import tenancy as workspaces
from tests.factories.accounts import person
from tests.journeys.browser import Person

pytestmark = pytest.mark.django_db(transaction=True)


def pay(hers: Person, number: str) -> None:
    """Type a card into a page of Stripe's."""
    hers.page.locator("input[name='number']").first.fill(number)
    hers.page.locator("button.main").first.click()


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
    pay(hers, "4000000000000002")
    hers.sees("Your card was declined.")
    pay(hers, "4242424242424242")
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


@pytest.mark.parametrize(("theme", "width"), [("dark", 390)])
def test_from_more_seats_through_a_missing_payment_to_its_recovery(
    somebody: Callable[..., Person],
    stripe: Emulator,  # noqa: F811
    live_server: Any,
    theme: str,
    width: int,
) -> None:
    catalogue_sync(is_rehearsal=False)
    owner = person(name="Ana Ruiz", email="ana@acme.example")
    acme = workspaces.workspace(name="Acme", slug="acme", owner=owner)
    hers = somebody(theme=theme, width=width)
    hers.sign_in(owner)
    hers.open("/w/acme/billing/")
    hers.click("Choose Team")
    pay(hers, "4000000000000341")
    hers.sees("Thank you. Your plan is active.")

    hers.open("/w/acme/members/invite/")
    hers.sees("12.00 EUR per month")
    join(acme)
    settle()
    hers.open("/w/acme/billing/")
    assert stripe.store.all("subscription")[0]["items"]["data"][0]["quantity"] == 2

    hers.click("Change the card, or cancel")
    hers.click("Cancel plan")
    hers.click("Back", role="link")
    hers.sees("Cancelled")
    hers.check()
    hers.click("Change the card, or resume")
    hers.click("Don't cancel")
    hers.click("Back", role="link")
    hers.sees("Active")

    stripe.advance(to=months_after(stripe.now, 1) + 60)
    with time_machine.travel(stripe.now):
        hers.sign_in(owner)
        hers.open("/w/acme/billing/return/")
        hers.sees("A payment is missing.")
        hers.check()
        hers.click("Pay the open invoice", role="link")
        pay(hers, "4242424242424242")
        hers.sees("Paid")
        hers.complaints.clear()
        hers.open("/w/acme/billing/return/")
        hers.sees("Active")
        hers.check()
