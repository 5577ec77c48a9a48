"""The pages that Stripe would host, as a browser sees them."""

from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from apps.billing.emulator import Emulator
from tests.billing.emulator.conftest import Subscribe

DECLINED, GOOD, ASKS, FAILS_LATER = (
    "4000000000000002",
    "4242424242424242",
    "4000002500003155",
    "4000000000000341",
)


def visit(url: str, **form: str) -> tuple[int, str]:
    """The status, and the page or where it leads; with a form, it is sent."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    target = f"{parts.path}?{parts.query}"
    connection.request("POST" if form else "GET", target, urlencode(form) if form else None)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Location") or text


@pytest.fixture
def checkout(api: Any, price: Any) -> str:
    lines = [{"price": price(), "quantity": 3}]
    session = api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": lines,
            "success_url": "http://app/done?id={CHECKOUT_SESSION_ID}",
        }
    )
    return str(session.url)


def test_checkout_tells_what_it_is_and_leads_back_once_paid(api: Any, checkout: str) -> None:
    status, page = visit(checkout)
    assert status == 200
    for words in ("Stripe emulator", "3 × Team, every month", "Pay 30.00 EUR"):
        assert words in page

    status, page = visit(checkout, number=DECLINED, email="ada@example.com")
    assert (status, "Your card was declined." in page) == (402, True)
    assert "Your card number is incomplete." in visit(checkout, number=" ", email="ada@example.com")[1]
    identifier = checkout.rsplit("/", 1)[1]
    assert visit(checkout, number=GOOD, email="ada@example.com") == (303, f"http://app/done?id={identifier}")
    assert "This checkout is complete" in visit(checkout)[1]
    assert api.customers.list().data[0].email == "ada@example.com"


def test_a_bank_may_ask_first(api: Any, checkout: str) -> None:
    status, page = visit(checkout, number=ASKS)
    assert (status, "Is it you?" in page) == (200, True)
    assert visit(checkout, number=ASKS, refused="yes")[0] == 402
    assert visit(checkout, number=ASKS, confirmed="yes")[0] == 303
    assert api.subscriptions.list().data[0].status == "active"


def test_a_trial_may_begin_without_a_card(api: Any, price: Any) -> None:
    session = api.checkout.sessions.create(
        {
            "mode": "subscription",
            "line_items": [{"price": price(), "quantity": 3}],
            "subscription_data": {"trial_period_days": 14},
            "payment_method_collection": "if_required",
            "success_url": "http://app/done",
        }
    )
    assert "Start without a card" in visit(session.url)[1]
    assert visit(session.url, email="ada@example.com") == (303, "http://app/done")

    done = api.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (done.payment_status, done.subscription.status) == ("no_payment_required", "trialing")


def portal(api: Any, customer: str, **more: Any) -> str:
    return str(api.billing_portal.sessions.create({"customer": customer, **more}).url)


def test_the_portal_cancels_and_resumes(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe()
    url = portal(api, begun.customer, return_url="http://app/billing")
    assert "Cancel plan" in visit(url)[1]
    visit(url, action="cancel", subscription=begun.id)
    assert api.subscriptions.retrieve(begun.id).cancel_at_period_end
    assert "Ends on" in visit(url)[1]
    visit(url, action="resume", subscription=begun.id)
    assert not api.subscriptions.retrieve(begun.id).cancel_at_period_end


def test_the_portal_takes_a_card_that_then_pays(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    url = portal(api, begun.customer)
    assert visit(url, action="card", number=DECLINED)[0] == 402
    assert visit(url, action="card", number=FAILS_LATER)[0] == 303
    assert "Visa 0341" in visit(url)[1]
    stripe_emulator.advance(to=begun.items.data[0].current_period_end)
    assert api.subscriptions.retrieve(begun.id).status == "past_due"

    invoice = api.invoices.list({"customer": begun.customer}).data[0]
    assert "past due" in visit(url)[1]
    assert visit(invoice.hosted_invoice_url, on_file="yes")[0] == 402
    assert visit(invoice.hosted_invoice_url, number=GOOD)[0] == 303
    assert "paid" in visit(invoice.hosted_invoice_url)[1]
    assert api.subscriptions.retrieve(begun.id).status == "active"


def test_the_portal_shows_what_another_plan_costs_before_it_is_chosen(
    api: Any, price: Any, subscribe: Subscribe
) -> None:
    begun, other = subscribe(), price(2000)
    product = api.prices.retrieve(other).product
    features = {
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "products": [{"product": product, "prices": [other]}],
            "proration_behavior": "always_invoice",
        }
    }
    configuration = api.billing_portal.configurations.create({"features": features})
    url = portal(api, begun.customer, configuration=configuration.id)
    assert "Cancel plan" not in visit(url)[1]
    assert "30.00 EUR" in visit(f"{url}?subscription={begun.id}&price={other}")[1]
    assert visit(url, action="switch", subscription=begun.id, price=other)[0] == 303
    assert api.subscriptions.retrieve(begun.id).items.data[0].price.id == other


def test_a_portal_for_one_thing_leads_back_when_it_is_done(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe()
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": begun.id},
        "after_completion": {"type": "redirect", "redirect": {"return_url": "http://app/billing"}},
    }
    url = portal(api, begun.customer, flow_data=flow)
    assert "Invoices" not in visit(url)[1]
    assert visit(url, action="cancel", subscription=begun.id) == (303, "http://app/billing")


def test_a_customer_sees_no_other_customers_subscription(api: Any, subscribe: Subscribe) -> None:
    mine, theirs = subscribe(), subscribe()
    assert visit(portal(api, mine.customer), action="cancel", subscription=theirs.id)[0] == 402
    assert not api.subscriptions.retrieve(theirs.id).cancel_at_period_end


def test_cards_are_listed_and_taken_away(api: Any, customer: Any) -> None:
    buyer = customer()
    (card,) = api.payment_methods.list({"customer": buyer}).data
    api.payment_methods.detach(card.id)
    assert api.customers.payment_methods.list(buyer).data == []
    assert api.customers.retrieve(buyer).invoice_settings.default_payment_method is None


def test_a_card_is_set_up_without_a_payment(api: Any, customer: Any) -> None:
    buyer = customer(None)
    intent = api.setup_intents.create({"customer": buyer, "payment_method": "pm_card_visa", "confirm": True})
    assert intent.status == "succeeded"
    asks = {"customer": buyer, "payment_method": "pm_card_authenticationRequired", "confirm": True}
    assert api.setup_intents.create(asks).status == "requires_action"


@pytest.mark.parametrize("path", ["/nothing", "/checkout/cs_none", "/portal/bps_none", "/invoice/in_none"])
def test_what_is_not_there_is_said(stripe_emulator: Emulator, path: str) -> None:
    assert visit(stripe_emulator.url + path)[0] == 404


@pytest.mark.parametrize(
    ("account", "then", "status"),
    [
        ("000123456789", "async_payment_succeeded", "active"),
        ("000222222227", "async_payment_failed", "past_due"),
    ],
)
def test_a_debit_is_paid_or_refused_days_later(
    stripe_emulator: Emulator, api: Any, checkout: str, account: str, then: str, status: str
) -> None:
    assert visit(checkout, number=account, email="ada@example.com")[0] == 303
    done = api.checkout.sessions.retrieve(checkout.rsplit("/", 1)[1], {"expand": ["invoice", "subscription"]})
    assert (done.status, done.payment_status, done.invoice.status) == ("complete", "unpaid", "open")
    assert "answers on" in visit(done.invoice.hosted_invoice_url)[1]

    stripe_emulator.advance(to=stripe_emulator.now + 5 * 24 * 60 * 60)
    assert f"checkout.session.{then}" in [event["type"] for event in stripe_emulator.events()]
    assert api.subscriptions.retrieve(done.subscription.id).status == status
