"""What can go wrong in the life of a subscription, through the real SDK over HTTP. Numbers as in the design's list."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from apps.billing.emulator import Emulator
from apps.billing.models import BillingAccount, Invoice, Subscription, WebhookEvent
from apps.billing.services.changes import trial_start
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.events import event_process, events_sweep
from apps.billing.services.reconcile import events_catch_up
from apps.billing.services.sync import sync_account
from apps.core import clock, scope
from apps.entitlements.interface import LimitReached, entitlements
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.interface import tenancy
from apps.tenancy.models import Tenant
from apps.tenancy.services.invitations import invitation_create
from tests.billing.webhooks import post, states
from tests.factories import tenancy as workspaces

DAY = 24 * 60 * 60


def plan_of(tenant: Tenant, as_tenant: Any) -> str:
    with as_tenant(tenant):
        return entitlements().get_facts(tenant_id=tenant.id).plan


def bring_in(stripe: Emulator) -> None:
    """Have every webhook arrive and be worked off."""
    for event in stripe.events():
        post(stripe, event)
    run_due_tasks()


def test_nasty_case_10_a_payment_that_takes_days_gives_nothing_until_it_arrives(
    stripe: Emulator, catalogue: None, tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        stripe.pay(checkout_begin(plan="team", interval="month").rsplit("/", 1)[1])
    with stripe.lock:
        [paid] = stripe.store.all("invoice")
        stripe.store.save(paid | {"status": "open", "amount_remaining": 1200, "amount_paid": 0})
    sync_account(tenant_id=tenant.id)
    assert plan_of(tenant, as_tenant) != "team"

    with stripe.lock:
        stripe.store.save(paid)
    sync_account(tenant_id=tenant.id)
    assert plan_of(tenant, as_tenant) == "team"


@pytest.mark.django_db(transaction=True)
def test_nasty_case_01_twenty_at_the_same_time_are_applied_once(
    stripe: Emulator, pay: Any, status_of: Any
) -> None:
    subscription = pay()
    event = stripe.events()[-1]

    def send(_number: int) -> int:
        try:
            return post(stripe, event).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(send, range(20))) == [200] * 20
    run_due_tasks()

    assert (status_of(subscription), states()) == ("active", {event["id"]: "done"})


def test_nasty_case_05_a_worker_that_dies_leaves_nothing_half_done_and_the_sweeper_goes_on(
    stripe: Emulator, pay: Any, tenant: Tenant, as_tenant: Any
) -> None:
    pay()
    event = stripe.events()[-1]
    post(stripe, event)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        event_process(event_id=event["id"])
        raise KeyboardInterrupt
    with as_tenant(tenant):
        assert not Subscription.objects.exists()
    assert states() == {event["id"]: "received"}

    with scope.as_role("platform"), transaction.atomic():  # its task is lost too
        WebhookEvent.objects.update(due_at=clock.now() - timedelta(hours=1))
    assert events_sweep() == 1
    run_due_tasks()
    assert states() == {event["id"]: "done"}


def test_nasty_case_06_what_is_done_stays_done_when_it_is_sent_again(
    stripe: Emulator, pay: Any, tenant: Tenant, as_tenant: Any
) -> None:
    pay()
    bring_in(stripe)
    with as_tenant(tenant):
        before = BillingAccount.objects.get().synced_at
    bring_in(stripe)

    with as_tenant(tenant):
        assert BillingAccount.objects.get().synced_at == before


def test_nasty_case_07_neither_webhook_nor_redirect_and_the_hourly_look_finds_it(
    stripe: Emulator, pay: Any, status_of: Any
) -> None:
    subscription = pay()
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert events_catch_up() > 0
        run_due_tasks()

    assert status_of(subscription) == "active"


def test_nasty_case_15_a_trial_that_pauses_without_a_card_gives_the_default_plan(
    stripe: Emulator, api: Any, catalogue: None, tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")
    [subscription] = api.subscriptions.list({"status": "trialing"}).data
    api.subscriptions.update(
        subscription.id, {"trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}}
    )
    stripe.advance(to=stripe.now + 15 * DAY)
    bring_in(stripe)

    with as_tenant(tenant):
        assert Subscription.objects.get().status == "paused"
    assert plan_of(tenant, as_tenant) != "team"


def test_nasty_case_16_cancelled_in_the_portal_resumed_and_cancelled_again(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    with as_tenant(subscribed):
        identifier = Subscription.objects.get().stripe_id
    for is_cancelled in (True, False, True):
        api.subscriptions.update(identifier, {"cancel_at_period_end": is_cancelled})
        bring_in(stripe)
        with as_tenant(subscribed):
            ends_at = Subscription.objects.get().cancel_at
        assert (ends_at is not None) == is_cancelled
        assert plan_of(subscribed, as_tenant) == "team"

    with time_machine.travel(ends_at - timedelta(seconds=1), tick=False):
        assert plan_of(subscribed, as_tenant) == "team"
    with time_machine.travel(ends_at, tick=False):  # and no news has come
        assert plan_of(subscribed, as_tenant) != "team"


def test_nasty_case_17_a_smaller_plan_keeps_what_is_there_and_takes_no_more(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any, settings: Any
) -> None:
    settings.DEFAULT_PLAN = "free"
    for _seat in range(6):
        workspaces.member(subscribed)
    with as_tenant(subscribed):
        api.subscriptions.cancel(Subscription.objects.get().stripe_id)
        bring_in(stripe)

        assert len(tenancy().list_members(tenant_id=subscribed.id)) > 6
        with pytest.raises(LimitReached):
            invitation_create(email="one.more@example.com", role="member")


def test_nasty_case_20_an_unknown_price_gives_no_plan_and_hurts_nobody(
    stripe: Emulator, api: Any, account: BillingAccount, tenant: Tenant, as_tenant: Any
) -> None:
    product = api.products.create({"name": "Sold by hand"})
    price = api.prices.create(
        {"product": product.id, "currency": "jpy", "unit_amount": 500, "recurring": {"interval": "month"}}
    )
    method = api.payment_methods.attach("pm_card_visa", {"customer": str(account.stripe_customer_id)})
    api.subscriptions.create(
        {
            "customer": str(account.stripe_customer_id),
            "default_payment_method": method.id,
            "items": [{"price": price.id}],
        }
    )
    bring_in(stripe)

    with as_tenant(tenant):
        assert Subscription.objects.get().plan == ""
        invoice = Invoice.objects.get()
        assert (invoice.total, invoice.currency) == (500, "jpy")
    assert set(states().values()) <= {"done", "ignored"}


def test_nasty_case_20_of_several_items_the_licensed_one_counts(
    stripe: Emulator, catalogue: None, tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        stripe.pay(checkout_begin(plan="business", interval="month").rsplit("/", 1)[1])
    bring_in(stripe)

    with as_tenant(tenant):
        found = Subscription.objects.get()
    assert (found.plan, found.lookup_key, found.quantity) == ("business", "business_month", 1)
    assert (found.unit_amount, found.interval) == (24900, "month")


def test_nasty_case_20_with_all_taken_off_nothing_is_paid_and_the_plan_holds(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    coupon = api.coupons.create({"percent_off": 100, "duration": "forever"})
    with as_tenant(subscribed):
        identifier = Subscription.objects.get().stripe_id
    api.subscriptions.update(identifier, {"discounts": [{"coupon": coupon.id}]})
    stripe.advance(to=stripe.now + 32 * DAY)
    sync_account(tenant_id=subscribed.id)

    with as_tenant(subscribed):
        newest = Invoice.objects.order_by("-issued_at")[0]
        assert (newest.total, newest.status) == (0, "paid")
        assert Subscription.objects.get().status == "active"
    assert plan_of(subscribed, as_tenant) == "team"
