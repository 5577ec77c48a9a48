"""What can go wrong with webhooks, through the real SDK over HTTP. The numbers are those of the design's list."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from apps.billing.models import BillingAccount, Invoice, Subscription, WebhookEvent
from apps.core import clock, scope
from apps.jobs.models import Task
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.fakes.stripe import SECRET, Stripe, invoice, serving, signed, snapshot, subscription, thin


@pytest.fixture
def stripe(db: None, settings: Any) -> Iterator[Stripe]:
    settings.STRIPE_SECRET_KEY = "sk_test_tests"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET, "whsec_former"]
    with serving() as server:
        settings.STRIPE_API_BASE = server.url
        yield server


@pytest.fixture
def account(tenant: Tenant, as_tenant: Any) -> BillingAccount:
    with as_tenant(tenant), transaction.atomic():
        return BillingAccount.objects.create(stripe_customer_id="cus_1")


@pytest.fixture
def status_of(tenant: Tenant, as_tenant: Any) -> Callable[..., str]:
    def read(identifier: str = "sub_1") -> str:
        with as_tenant(tenant):
            return Subscription.objects.get(stripe_id=identifier).status

    return read


def post(body: bytes, signature: str | None = None) -> HttpResponse:
    header = signed(body) if signature is None else signature
    return Client().post(
        "/stripe/webhook/", body, content_type="application/json", headers={"Stripe-Signature": header}
    )


def events() -> dict[str, str]:
    with scope.as_role("platform"):
        return dict(WebhookEvent.objects.values_list("event_id", "state"))


def make_due() -> None:
    with scope.as_role("platform"), transaction.atomic():
        Task.objects.filter(state="queued").update(run_at=clock.now())


def test_1_the_same_event_many_times_is_applied_once(
    stripe: Stripe, account: BillingAccount, status_of: Any
) -> None:
    stripe.subscriptions = [subscription()]

    assert [post(snapshot()).status_code for _ in range(5)] == [200] * 5
    run_due_tasks()
    asked = stripe.requests
    assert post(snapshot()).status_code == 200
    run_due_tasks()

    assert (status_of(), events()) == ("active", {"evt_1": "done"})
    assert stripe.requests == asked


def test_2_an_old_payload_that_comes_late_changes_nothing(
    stripe: Stripe, account: BillingAccount, status_of: Any
) -> None:
    stripe.subscriptions = [subscription()]
    for identifier in ("evt_updated", "evt_created"):  # the payload says incomplete
        post(snapshot(identifier))
        run_due_tasks()

    assert status_of() == "active"


def test_3_an_update_after_the_end_revives_nothing(
    stripe: Stripe, account: BillingAccount, status_of: Any
) -> None:
    stripe.subscriptions = [subscription(status="canceled", ended_at=1_800_000_100)]
    post(snapshot())
    run_due_tasks()

    assert status_of() == "canceled"


def test_4_what_is_not_signed_for_us_now_leaves_no_row(stripe: Stripe) -> None:
    body = snapshot()
    again = json.dumps(json.loads(body), indent=1).encode()

    for sent, signature in [
        (body, ""),
        (body, "t=1,v1=0"),
        (body, signed(body, "whsec_of_another_endpoint")),
        (body, signed(body, age=3600)),
        (again, signed(body)),
        (b"\xff", signed(body)),
    ]:
        assert post(sent, signature).status_code == 400

    assert events() == {}


def test_4_either_secret_is_good_during_a_rotation(stripe: Stripe) -> None:
    assert post(snapshot("evt_a")).status_code == 200
    body = snapshot("evt_b")
    assert post(body, signed(body, "whsec_former")).status_code == 200


@pytest.mark.parametrize("fault", [429, 500])
def test_6_what_failed_at_stripe_is_tried_again(
    stripe: Stripe, account: BillingAccount, status_of: Any, fault: int
) -> None:
    stripe.subscriptions, stripe.faults = [subscription()], [fault]
    post(snapshot())
    run_due_tasks()
    assert events() == {"evt_1": "failed"}

    make_due()
    run_due_tasks()

    assert (status_of(), events()) == ("active", {"evt_1": "done"})


def test_6_a_resend_begins_what_failed_at_once(stripe: Stripe, account: BillingAccount) -> None:
    stripe.subscriptions, stripe.faults = [subscription()], [500]
    post(snapshot())
    run_due_tasks()
    post(snapshot())
    run_due_tasks()

    assert events() == {"evt_1": "done"}


def test_10_a_first_invoice_that_is_not_paid_yet_is_noted(
    stripe: Stripe, account: BillingAccount, tenant: Tenant, as_tenant: Any
) -> None:
    stripe.subscriptions = [subscription()]
    stripe.invoices = [
        invoice(status="open", billing_reason="subscription_create", amount_remaining=3600, amount_paid=0)
    ]
    post(snapshot())
    run_due_tasks()

    with as_tenant(tenant):
        assert Subscription.objects.get().awaits_first_payment
        assert Invoice.objects.get().amount_remaining == 3600


def test_9_a_second_subscription_is_never_current_too(
    stripe: Stripe, account: BillingAccount, tenant: Tenant, as_tenant: Any
) -> None:
    stripe.subscriptions = [subscription("sub_2", created=1_800_000_500), subscription("sub_1")]
    post(snapshot())
    run_due_tasks()

    with as_tenant(tenant):
        assert [one.stripe_id for one in Subscription.objects.filter(is_current=True)] == ["sub_1"]
        assert Subscription.objects.count() == 2


def test_12_a_failed_renewal_is_dated_by_its_invoice_and_cleared_by_payment(
    stripe: Stripe, account: BillingAccount, tenant: Tenant, as_tenant: Any
) -> None:
    def delinquent_since() -> Any:
        with as_tenant(tenant):
            return BillingAccount.objects.get().delinquent_since

    stripe.subscriptions = [subscription(status="past_due")]
    stripe.invoices = [invoice(status="open", amount_remaining=3600, amount_paid=0)]
    post(snapshot("evt_failed"))
    run_due_tasks()
    assert delinquent_since().timestamp() == stripe.invoices[0]["created"]

    stripe.subscriptions, stripe.invoices = [subscription()], [invoice()]
    post(snapshot("evt_paid"))
    run_due_tasks()
    assert delinquent_since() is None


def test_20_an_event_of_the_other_mode_or_about_no_customer_is_ignored(stripe: Stripe) -> None:
    about = {"id": "price_1", "object": "price"}

    assert post(snapshot("evt_live", livemode=True)).status_code == 200
    assert post(snapshot("evt_price", type="price.created", data={"object": about})).status_code == 200
    run_due_tasks()

    assert events() == {"evt_live": "ignored", "evt_price": "ignored"}


def test_20_an_unknown_customer_waits_for_staff_in_the_end(stripe: Stripe) -> None:
    post(snapshot())
    for _ in range(8):
        run_due_tasks()
        make_due()

    assert events() == {"evt_1": "parked"}


def test_20_a_thin_event_brings_in_the_same(stripe: Stripe, account: BillingAccount, status_of: Any) -> None:
    stripe.subscriptions = [subscription()]
    post(thin())
    run_due_tasks()

    assert (status_of(), events()) == ("active", {"evt_thin": "done"})


def test_20_what_is_signed_but_no_event_is_refused(stripe: Stripe) -> None:
    assert [post(body).status_code for body in (b"[]", b"{}", b"nothing")] == [400] * 3


def test_without_a_key_there_is_no_endpoint(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""

    assert post(snapshot()).status_code == 404
