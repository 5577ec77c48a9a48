"""How subscriptions begin, end, pause and recover."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.calendar import months_after
from tests.billing.emulator.conftest import DAY, Subscribe


def kinds(emulator: Emulator, about: str) -> list[str]:
    """The events about a kind of thing, the oldest first."""
    found = [event["type"] for event in emulator.events()]
    return [kind.removeprefix(f"{about}.") for kind in found if kind.startswith(f"{about}.")]


def test_a_trial_costs_nothing_until_it_ends(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe(trial_period_days=14)
    assert (begun.status, api.invoices.retrieve(begun.latest_invoice).total) == ("trialing", 0)

    stripe_emulator.advance(to=begun.trial_end - 2 * DAY)
    assert "trial_will_end" in kinds(stripe_emulator, "customer.subscription")
    stripe_emulator.advance(to=begun.trial_end)

    after = api.subscriptions.retrieve(begun.id, {"expand": ["latest_invoice"]})
    assert (after.status, after.latest_invoice.amount_paid) == ("active", 3000)
    assert after.items.data[0].current_period_end == months_after(begun.trial_end, 1)


@pytest.mark.parametrize(
    ("then", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")]
)
def test_a_trial_that_ends_without_a_card_does_as_it_was_told(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe, then: str, status: str
) -> None:
    settings = {"end_behavior": {"missing_payment_method": then}}
    begun = subscribe(None, trial_period_days=7, trial_settings=settings)
    stripe_emulator.advance(to=begun.trial_end + 1)

    assert api.subscriptions.retrieve(begun.id).status == status
    if then == "pause":
        card = api.payment_methods.attach("pm_card_visa", {"customer": begun.customer})
        api.subscriptions.update(begun.id, {"default_payment_method": card.id})
        assert api.subscriptions.resume(begun.id).status == "active"
        assert kinds(stripe_emulator, "customer.subscription")[-3:] == ["updated", "updated", "resumed"]


def test_a_trial_can_be_ended_early(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe(trial_period_days=14)
    after = api.subscriptions.update(begun.id, {"trial_end": "now", "expand": ["latest_invoice"]})

    assert (after.status, after.latest_invoice.amount_paid) == ("active", 3000)


def test_a_first_payment_that_fails_leaves_it_incomplete_until_it_expires(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe("pm_card_chargeDeclined")
    assert begun.status == "incomplete"
    assert api.subscriptions.list({"customer": begun.customer}).data[0].id == begun.id

    stripe_emulator.advance(to=begun.created + 23 * 60 * 60)

    after = api.subscriptions.retrieve(begun.id)
    assert (after.status, api.invoices.retrieve(begun.latest_invoice).status) == (
        "incomplete_expired",
        "void",
    )


def test_a_first_payment_can_be_made_up_for(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe(payment_behavior="default_incomplete")
    assert begun.status == "incomplete"
    assert api.invoices.pay(begun.latest_invoice).status == "paid"
    assert api.subscriptions.retrieve(begun.id).status == "active"


def test_error_if_incomplete_leaves_nothing_behind(api: Any, subscribe: Subscribe) -> None:
    with pytest.raises(stripe.CardError) as refused:
        subscribe("pm_card_chargeDeclined", payment_behavior="error_if_incomplete")

    assert refused.value.error.decline_code == "generic_decline"
    assert api.subscriptions.list({"status": "all"}).data == []


def test_nobody_can_subscribe_without_a_card(subscribe: Subscribe) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        subscribe(None)


def test_an_attempt_by_hand_that_fails_is_noted(api: Any, subscribe: Subscribe) -> None:
    begun = subscribe("pm_card_chargeDeclined")
    with pytest.raises(stripe.CardError):
        api.invoices.pay(begun.latest_invoice)
    assert api.invoices.retrieve(begun.latest_invoice).attempt_count == 2


def test_it_ends_with_its_period_and_that_is_taken_back(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    end = begun.items.data[0].current_period_end
    ending = api.subscriptions.update(begun.id, {"cancel_at_period_end": True})
    assert (ending.cancel_at, ending.cancellation_details.reason) == (end, "cancellation_requested")
    event = stripe_emulator.events()[-1]["data"]["previous_attributes"]
    assert event["cancel_at_period_end"] is False
    assert event["cancel_at"] is None
    api.subscriptions.update(begun.id, {"cancel_at_period_end": False})
    stripe_emulator.advance(to=end)
    assert api.subscriptions.retrieve(begun.id).status == "active"

    api.subscriptions.update(begun.id, {"cancel_at": end + 10 * DAY})
    stripe_emulator.advance(to=end + 11 * DAY)
    over = api.subscriptions.retrieve(begun.id)
    assert (over.status, over.ended_at) == ("canceled", end + 10 * DAY)


def test_it_ends_at_once_with_a_credit_for_the_rest(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    item = begun.items.data[0]
    stripe_emulator.advance(to=(item.current_period_start + item.current_period_end) // 2)
    over = api.subscriptions.cancel(begun.id, {"prorate": True, "invoice_now": True})

    assert over.status == "canceled"
    assert api.customers.retrieve(begun.customer).balance == -1500
    with pytest.raises(stripe.InvalidRequestError):
        api.subscriptions.cancel(begun.id)


@pytest.mark.parametrize("status", ["canceled", "unpaid", "past_due"])
def test_what_becomes_of_it_after_the_last_attempt_can_be_set(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe, status: str
) -> None:
    stripe_emulator.set_after_retries("cancel" if status == "canceled" else status)  # type: ignore[arg-type]
    begun = subscribe()
    card = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": begun.customer})
    api.subscriptions.update(begun.id, {"default_payment_method": card.id})
    end = begun.items.data[0].current_period_end

    stripe_emulator.advance(to=end + 1)
    assert api.subscriptions.retrieve(begun.id).status == "past_due"
    assert api.customers.retrieve(begun.customer).delinquent
    stripe_emulator.advance(to=end + 10 * DAY)

    assert api.subscriptions.retrieve(begun.id).status == status
    assert kinds(stripe_emulator, "invoice").count("payment_failed") == 4


def test_a_payment_in_between_ends_the_dunning(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe
) -> None:
    begun = subscribe()
    card = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": begun.customer})
    api.subscriptions.update(begun.id, {"default_payment_method": card.id})
    end = begun.items.data[0].current_period_end
    stripe_emulator.advance(to=end + 4 * DAY)
    good = api.payment_methods.attach("pm_card_visa", {"customer": begun.customer})
    late = api.subscriptions.update(begun.id, {"default_payment_method": good.id})
    api.invoices.pay(late.latest_invoice, {"payment_method": good.id})

    stripe_emulator.advance(to=end + 20 * DAY)
    assert api.subscriptions.retrieve(begun.id).status == "active"
    assert not api.customers.retrieve(begun.customer).delinquent


@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")],
)
def test_while_collection_pauses_nobody_pays(
    stripe_emulator: Emulator, api: Any, subscribe: Subscribe, behavior: str, status: str
) -> None:
    begun = subscribe()
    end = begun.items.data[0].current_period_end
    pause = {"behavior": behavior, "resumes_at": end + 5 * DAY}
    api.subscriptions.update(begun.id, {"pause_collection": pause})
    stripe_emulator.advance(to=end + 6 * DAY)

    after = api.subscriptions.retrieve(begun.id, {"expand": ["latest_invoice"]})
    assert (after.status, after.latest_invoice.status, after.pause_collection) == ("active", status, None)


def test_periods_follow_the_calendar(stripe_emulator: Emulator, api: Any, subscribe: Subscribe) -> None:
    stripe_emulator.advance(to=int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp()))
    begun = subscribe()
    stripe_emulator.advance(to=int(datetime(2027, 5, 1, tzinfo=UTC).timestamp()))

    invoices = api.invoices.list({"subscription": begun.id}).data
    days = [datetime.fromtimestamp(invoice.created, UTC).strftime("%d.%m.") for invoice in reversed(invoices)]
    assert days == ["31.01.", "28.02.", "31.03.", "30.04."]
    assert kinds(stripe_emulator, "invoice").count("upcoming") == 3


def test_items_are_added_and_removed(api: Any, price: Any, subscribe: Subscribe) -> None:
    begun = subscribe()
    added = api.subscription_items.create({"subscription": begun.id, "price": price(500), "quantity": 2})
    assert len(api.subscriptions.retrieve(begun.id).items.data) == 2
    api.subscription_items.update(added.id, {"quantity": 4})
    assert api.subscription_items.retrieve(added.id).quantity == 4
    api.subscription_items.delete(added.id)

    assert len(api.subscriptions.retrieve(begun.id).items.data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="same interval"):
        api.subscription_items.create({"subscription": begun.id, "price": price(500, "year")})
