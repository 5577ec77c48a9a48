"""What can go wrong with webhooks, through the real SDK over HTTP. The numbers are those of the design's list."""

import json
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from stripe import WebhookSignature

from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.calendar import months_after
from apps.billing.models import BillingAccount, Invoice, Subscription
from apps.billing.services.events import event_process
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.billing.webhooks import make_due, post, post_raw, states, thin


def event_of(stripe: Emulator, kind: str) -> dict[str, Any]:
    return next(event for event in stripe.events() if event["type"] == kind)


def signed(body: bytes, secret: str, age: int = 0) -> str:
    stamp = int(time.time()) - age
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=stamp))


def test_nasty_case_01_the_same_event_many_times_is_applied_once(
    stripe: Emulator, pay: Any, status_of: Any
) -> None:
    subscription = pay()
    event = event_of(stripe, "customer.subscription.updated")

    assert [post(stripe, event).status_code for _ in range(5)] == [200] * 5
    run_due_tasks()
    stripe.fail_next(500)  # whoever asks again fails
    assert post(stripe, event).status_code == 200
    run_due_tasks()

    assert (status_of(subscription), states()) == ("active", {event["id"]: "done"})


def test_staff_read_which_event_decided_about_a_plan(stripe: Emulator, tenant: Tenant, pay: Any) -> None:
    subscription = pay()
    event = event_of(stripe, "customer.subscription.updated")
    post(stripe, event)
    run_due_tasks()
    call_command("explain_access", tenant.slug, "api.access", stdout=(said := StringIO()))

    assert said.getvalue().endswith(
        f"Where the plan comes from: subscription {subscription} (active), price team_month,"
        f" event {event['id']} (customer.subscription.updated).\n"
    )


def test_nasty_case_02_a_creation_that_comes_after_the_update_changes_nothing(
    stripe: Emulator, pay: Any, status_of: Any
) -> None:
    subscription = pay()
    for kind in ("customer.subscription.updated", "customer.subscription.created"):
        post(stripe, event_of(stripe, kind))
        run_due_tasks()

    assert event_of(stripe, "customer.subscription.created")["data"]["object"]["status"] == "incomplete"
    assert status_of(subscription) == "active"


def test_nasty_case_03_an_update_after_the_end_revives_nothing(
    stripe: Emulator, api: Any, pay: Any, status_of: Any
) -> None:
    subscription = pay()
    api.subscriptions.cancel(subscription)
    for kind in ("customer.subscription.deleted", "customer.subscription.updated"):
        post(stripe, event_of(stripe, kind))
        run_due_tasks()

    assert status_of(subscription) == "canceled"


def test_nasty_case_04_what_is_not_signed_for_us_now_leaves_no_row(stripe: Emulator, pay: Any) -> None:
    pay()
    body, headers = stripe.webhook(stripe.events()[0])
    good = headers["Stripe-Signature"]

    for sent, signature in [
        (body, ""),
        (body, "t=1,v1=0"),
        (body, signed(body, "whsec_of_another_endpoint")),
        (body, signed(body, stripe.secret, age=3600)),
        (json.dumps(json.loads(body)).encode(), good),
        (b"\xff", good),
    ]:
        assert post_raw(sent, signature).status_code == 400

    assert states() == {}


def test_nasty_case_04_either_secret_is_good_during_a_rotation(stripe: Emulator, pay: Any) -> None:
    pay()
    body, _headers = stripe.webhook(stripe.events()[0])

    assert post_raw(body, signed(body, stripe.secret)).status_code == 200
    assert post_raw(body, signed(body, "whsec_former")).status_code == 200


def test_stripe_is_asked_once_for_all_that_waits_of_a_customer(
    stripe: Emulator, pay: Any, status_of: Any
) -> None:
    subscription = pay()
    events = [event for event in stripe.events() if event["type"].startswith("customer.subscription")]
    for event in events:
        post(stripe, event)
    stripe.fail_next(500)
    event_process(event_id=events[0]["id"])
    assert "done" not in states().values()

    event_process(event_id=events[1]["id"])

    assert len(events) > 1
    assert (status_of(subscription), set(states().values())) == ("active", {"done"})


@pytest.mark.parametrize("fault", [429, 500])
def test_nasty_case_06_what_failed_at_stripe_is_tried_again(
    stripe: Emulator, pay: Any, status_of: Any, fault: int
) -> None:
    subscription = pay()
    event = event_of(stripe, "invoice.paid")
    post(stripe, event)
    stripe.fail_next(fault)
    run_due_tasks()
    assert states() == {event["id"]: "failed"}

    make_due()
    run_due_tasks()

    assert (status_of(subscription), states()) == ("active", {event["id"]: "done"})


def test_nasty_case_06_a_resend_begins_what_failed_at_once(stripe: Emulator, pay: Any) -> None:
    pay()
    event = event_of(stripe, "invoice.paid")
    post(stripe, event)
    stripe.fail_next(500)
    run_due_tasks()
    post(stripe, event)
    run_due_tasks()

    assert states() == {event["id"]: "done"}


def test_nasty_case_09_a_second_subscription_is_never_current_too(
    stripe: Emulator, pay: Any, tenant: Tenant, as_tenant: Any
) -> None:
    first = pay()
    stripe.advance(to=stripe.now + 60)
    pay()
    post(stripe, stripe.events()[-1])
    run_due_tasks()

    with as_tenant(tenant):
        assert [one.stripe_id for one in Subscription.objects.filter(is_current=True)] == [first]
        assert Subscription.objects.count() == 2


def test_nasty_case_10_a_first_invoice_that_is_not_paid_yet_is_noted(
    stripe: Emulator, pay: Any, tenant: Tenant, as_tenant: Any
) -> None:
    pay()
    with stripe.lock:  # a bank that takes days to pay
        [invoice] = stripe.store.all("invoice")
        stripe.store.save(invoice | {"status": "open", "amount_remaining": 3600, "amount_paid": 0})
    post(stripe, event_of(stripe, "checkout.session.completed"))
    run_due_tasks()

    with as_tenant(tenant):
        assert Subscription.objects.get().awaits_first_payment
        assert Invoice.objects.get().amount_remaining == 3600


def test_nasty_case_12_a_failed_renewal_is_dated_by_its_invoice_and_cleared_by_payment(
    stripe: Emulator, api: Any, pay: Any, tenant: Tenant, as_tenant: Any
) -> None:
    def delinquent_since() -> Any:
        with as_tenant(tenant):
            return BillingAccount.objects.get().delinquent_since

    pay("4000000000000341")
    renewal = months_after(stripe.now, 1)
    stripe.advance(to=renewal + 60)
    post(stripe, event_of(stripe, "invoice.payment_failed"))
    run_due_tasks()
    assert delinquent_since().timestamp() == renewal

    with stripe.lock:  # the customer's bank has money again
        [card] = stripe.store.all("payment_method")
        stripe.store.save(card | {"_behaviour": "good"})
    stripe.advance(to=renewal + 4 * 24 * 3600)
    post(stripe, stripe.events()[-1])
    run_due_tasks()
    assert delinquent_since() is None


def test_nasty_case_20_an_event_of_the_other_mode_or_about_no_customer_is_ignored(
    stripe: Emulator, pay: Any
) -> None:
    pay()
    live, of_price = event_of(stripe, "invoice.paid"), event_of(stripe, "price.created")

    assert post(stripe, live | {"livemode": True}).status_code == 200
    assert post(stripe, of_price).status_code == 200
    run_due_tasks()

    assert states() == {live["id"]: "ignored", of_price["id"]: "ignored"}


def test_nasty_case_20_an_unknown_customer_waits_for_staff_in_the_end(stripe: Emulator, api: Any) -> None:
    api.customers.create({"name": "Of another system"})
    [event] = stripe.events()
    post(stripe, event)
    for _ in range(8):
        run_due_tasks()
        make_due()

    assert states() == {event["id"]: "parked"}


def test_nasty_case_20_a_thin_event_brings_in_the_same(stripe: Emulator, pay: Any, status_of: Any) -> None:
    subscription = pay()
    event = thin(event_of(stripe, "customer.subscription.updated"))
    post(stripe, event)
    run_due_tasks()

    assert (status_of(subscription), states()) == ("active", {event["id"]: "done"})


def test_nasty_case_20_what_is_signed_but_no_event_is_refused(stripe: Emulator) -> None:
    for body in (b"[]", b"{}", b"nothing"):
        assert post_raw(body, signed(body, stripe.secret)).status_code == 400

    assert states() == {}


def test_without_a_key_there_is_no_endpoint(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""

    assert post_raw(b"{}", "").status_code == 404
