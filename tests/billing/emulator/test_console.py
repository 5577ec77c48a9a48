"""The console, as a browser sees it."""

from typing import Any

import pytest
import stripe

from apps.billing.emulator import Emulator
from tests.billing.emulator.conftest import DAY, Subscribe
from tests.billing.emulator.test_pages import visit
from tests.billing.emulator.test_webhooks import SECRET, Endpoint
from tests.billing.emulator.test_webhooks import endpoint as endpoint  # a fixture


def test_it_shows_what_happened_and_lets_time_pass(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    page = visit(f"{stripe_emulator.url}/")[1]
    for words in ("customer.subscription.created", "3 Team", "30.00 EUR", "No endpoint is registered"):
        assert words in page

    before = stripe_emulator.now
    assert visit(f"{stripe_emulator.url}/", action="advance", step="day")[0] == 303
    assert stripe_emulator.now == before + DAY
    visit(f"{stripe_emulator.url}/", action="advance", step="month")
    assert len(api.invoices.list({"subscription": begun.id}).data) == 2


@pytest.mark.parametrize("fault", ["429", "500", "timeout", "lost"])
def test_the_next_call_fails(stripe_emulator: Emulator, api: Any, fault: str) -> None:
    visit(f"{stripe_emulator.url}/", action="fail", fault=fault)
    with pytest.raises(stripe.StripeError):
        api.customers.create({"name": "Ada"})
    assert len(api.customers.list().data) == (fault == "lost")


def test_webhooks_are_held_lost_doubled_and_sent_again(
    stripe_emulator: Emulator, endpoint: Endpoint, api: Any
) -> None:
    stripe_emulator.register(endpoint.url, SECRET)
    console = f"{stripe_emulator.url}/"
    visit(console, action="drop")
    visit(console, action="duplicate")
    api.customers.create({"name": "Ada"})
    stripe_emulator.settle()
    api.products.create({"name": "Team"})
    stripe_emulator.settle()
    assert endpoint.events == ["product.created"] * 2

    endpoint.events.clear()
    visit(console, action="hold")
    visit(console, action="send", event=stripe_emulator.events()[0]["id"])
    visit(console, action="send", event=stripe_emulator.events()[1]["id"])
    assert "Send it in reverse" in visit(console)[1]
    visit(console, action="release", order="reversed")
    stripe_emulator.settle()
    assert endpoint.events == ["product.created", "customer.created"]


def test_webhooks_become_thin(stripe_emulator: Emulator, endpoint: Endpoint, api: Any) -> None:
    stripe_emulator.register(endpoint.url, SECRET)
    visit(f"{stripe_emulator.url}/", action="switch", style="thin")
    assert "Send snapshot events" in visit(f"{stripe_emulator.url}/")[1]


def test_what_it_cannot_do_is_said(stripe_emulator: Emulator) -> None:
    assert visit(f"{stripe_emulator.url}/", action="nonsense")[0] == 400
    assert visit(f"{stripe_emulator.url}/", action="send", event="evt_none")[0] == 400
