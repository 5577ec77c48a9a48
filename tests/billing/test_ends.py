"""How a paid plan ends, and what follows."""

from typing import Any

import pytest
import time_machine
from django.db import transaction

from apps.audit.models import AuditEntry
from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.calendar import months_after
from apps.billing.erasure import erase
from apps.billing.models import BillingAccount, Subscription
from apps.billing.providers.base import ProviderUnavailable
from apps.billing.revenue import contracts
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.sync import sync_account
from apps.core import scope
from apps.entitlements.interface import entitlements
from apps.events.models import OutboxEvent
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from apps.tenancy.services.lifecycle import (
    workspace_close,
    workspace_keep,
    workspace_resume,
    workspace_suspend,
)
from tests.billing.webhooks import post, states


def subscription_of(tenant: Tenant, as_tenant: Any) -> Subscription:
    with as_tenant(tenant):
        return Subscription.objects.get()


def follow() -> None:
    """Deliver events, and run what they ask for."""
    deliver_due()
    run_due_tasks()


def test_a_plan_that_ends_as_cancelled_is_told_as_a_change_of_plan(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    identifier = subscription_of(subscribed, as_tenant).stripe_id
    api.subscriptions.update(identifier, {"cancel_at_period_end": True})
    sync_account(tenant_id=subscribed.id)
    ends_at = subscription_of(subscribed, as_tenant).cancel_at
    assert ends_at

    stripe.advance(to=int(ends_at.timestamp()) + 60)
    with time_machine.travel(ends_at.timestamp() + 60, tick=False):
        sync_account(tenant_id=subscribed.id)

    assert subscription_of(subscribed, as_tenant).status == "canceled"
    with as_tenant(subscribed):
        acts = list(
            AuditEntry.objects.filter(action__startswith="billing.")
            .order_by("id")
            .values_list("action", flat=True)
        )
    assert acts[-2:] == ["billing.cancelled", "billing.plan_changed"]
    with scope.as_role("platform"):
        told = OutboxEvent.objects.filter(type="billing.subscription.changed").order_by("id").last()
    assert told
    assert (told.payload["former_plan"], told.payload["plan"]) == ("team", "")


def test_an_erased_workspace_is_charged_no_more(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    identifier = subscription_of(subscribed, as_tenant).stripe_id
    with as_tenant(subscribed):
        stripe.fail_next(500)
        with pytest.raises(ProviderUnavailable), transaction.atomic():
            erase(tenant_id=subscribed.id)
        assert BillingAccount.objects.exists()

        with transaction.atomic():
            erase(tenant_id=subscribed.id)
        assert not BillingAccount.objects.exists()
    assert api.subscriptions.retrieve(identifier).status == "canceled"


def test_the_plan_of_a_deleted_workspace_is_not_renewed_and_goes_on_if_it_is_kept(
    stripe: Emulator, subscribed: Tenant, as_tenant: Any, member: Any, signed_in: Any
) -> None:
    owner = signed_in(member("owner"))
    assert "is not renewed" in owner.get(f"/w/{subscribed.slug}/settings/delete/").content.decode()
    for _round in range(2):
        with as_tenant(subscribed):
            workspace_close(confirm=subscribed.slug)
        follow()
        assert subscription_of(subscribed, as_tenant).cancel_at

        with as_tenant(subscribed):
            workspace_keep()
        follow()
        assert subscription_of(subscribed, as_tenant).cancel_at is None

    with as_tenant(subscribed):
        workspace_close(confirm=subscribed.slug)
    follow()
    paid = len(stripe.store.all("invoice"))
    stripe.advance(to=months_after(stripe.now, 1) + 60)
    assert len(stripe.store.all("invoice")) == paid


def test_what_its_people_cancelled_stays_cancelled_when_a_workspace_is_kept(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    identifier = subscription_of(subscribed, as_tenant).stripe_id
    api.subscriptions.update(identifier, {"cancel_at_period_end": True})
    sync_account(tenant_id=subscribed.id)

    with as_tenant(subscribed):
        workspace_close(confirm=subscribed.slug)
    follow()
    with as_tenant(subscribed):
        workspace_keep()
    follow()

    assert subscription_of(subscribed, as_tenant).cancel_at


@pytest.fixture
def page(catalogue: None, tenant: Tenant, as_tenant: Any) -> str:
    """Stripe's page on which a workspace is about to pay."""
    with as_tenant(tenant):
        return checkout_begin(plan="team", interval="month").rsplit("/", 1)[1]


def suspend(tenant: Tenant) -> None:
    with scope.as_role("platform"):
        workspace_suspend(tenant_id=tenant.id, reason="Spam")
    follow()


def test_a_page_to_pay_on_is_closed_when_a_workspace_is_suspended(
    api: Any, tenant: Tenant, page: str, as_tenant: Any
) -> None:
    suspend(tenant)
    assert api.checkout.sessions.retrieve(page).status == "expired"

    lift(tenant)
    with as_tenant(tenant):
        again = checkout_begin(plan="team", interval="month").rsplit("/", 1)[1]
    assert api.checkout.sessions.retrieve(again).status == "open"


def test_a_page_to_pay_on_is_closed_when_a_workspace_is_deleted(
    api: Any, tenant: Tenant, page: str, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        workspace_close(confirm=tenant.slug)
    follow()
    assert api.checkout.sessions.retrieve(page).status == "expired"


def test_what_was_paid_in_the_moment_of_the_suspension_is_charged_no_further(
    stripe: Emulator, tenant: Tenant, page: str, as_tenant: Any
) -> None:
    stripe.pay(page)
    suspend(tenant)
    assert subscription_of(tenant, as_tenant).collection_paused


@pytest.fixture
def suspended(subscribed: Tenant) -> Tenant:
    """A workspace that staff suspended after it had bought the plan Team."""
    suspend(subscribed)
    return subscribed


def lift(tenant: Tenant) -> None:
    with scope.as_role("platform"):
        workspace_resume(tenant_id=tenant.id)
    follow()


def acts_of(tenant: Tenant, as_tenant: Any) -> list[str]:
    with as_tenant(tenant):
        found = AuditEntry.objects.filter(action__startswith="billing.").order_by("id")
        return list(found.values_list("action", flat=True))


def next_renewal(stripe: Emulator) -> str:
    """Let a month pass; return what became of the invoice of then."""
    before = len(stripe.store.all("invoice"))
    stripe.advance(to=months_after(stripe.now, 1) + 60)
    newest, *others = stripe.store.all("invoice")
    assert len(others) == before
    return str(newest["status"])


def test_a_suspended_workspace_is_not_charged_and_is_again_once_it_is_open(
    stripe: Emulator, suspended: Tenant, as_tenant: Any
) -> None:
    assert subscription_of(suspended, as_tenant).collection_paused
    assert next_renewal(stripe) == "void"

    lift(suspended)
    assert not subscription_of(suspended, as_tenant).collection_paused
    assert next_renewal(stripe) == "paid"
    assert acts_of(suspended, as_tenant)[-2:] == ["billing.collection_paused", "billing.collection_resumed"]


def test_the_plan_of_a_suspended_workspace_stays_and_counts_no_revenue(
    suspended: Tenant, as_tenant: Any
) -> None:
    with as_tenant(suspended):
        assert entitlements().get_facts(tenant_id=suspended.id).plan == "team"
    with scope.as_role("platform"):
        assert contracts() == []
    lift(suspended)
    with scope.as_role("platform"):
        assert len(contracts()) == 1


def test_what_staff_paused_at_stripe_stays_paused_when_a_workspace_is_open_again(
    api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    identifier = subscription_of(subscribed, as_tenant).stripe_id
    api.subscriptions.update(identifier, {"pause_collection": {"behavior": "void"}})
    sync_account(tenant_id=subscribed.id)
    suspend(subscribed)
    lift(subscribed)

    assert subscription_of(subscribed, as_tenant).collection_paused


def test_suspending_again_and_again_leaves_it_as_it_was(suspended: Tenant, as_tenant: Any) -> None:
    for _round in range(2):
        lift(suspended)
        with scope.as_role("platform"):
            workspace_suspend(tenant_id=suspended.id, reason="Spam again")
        follow()
        assert subscription_of(suspended, as_tenant).collection_paused
    lift(suspended)

    assert not subscription_of(suspended, as_tenant).collection_paused


def test_what_was_sold_by_hand_does_not_hide_a_plan(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    with as_tenant(subscribed):
        customer = BillingAccount.objects.get().stripe_customer_id
    product = api.products.create({"name": "A day with us"})
    price = api.prices.create(
        {"product": product.id, "currency": "eur", "unit_amount": 900, "recurring": {"interval": "month"}}
    )
    api.subscriptions.update(subscription_of(subscribed, as_tenant).stripe_id, {"cancel_at_period_end": True})
    by_hand = {
        "customer": customer,
        "items": [{"price": price.id}],
        "collection_method": "send_invoice",
        "days_until_due": 30,
    }
    api.subscriptions.create(by_hand)
    sync_account(tenant_id=subscribed.id)

    with as_tenant(subscribed):
        assert Subscription.objects.get(is_current=True).plan == "team"


def test_news_of_a_removed_card_wait_for_nobody(
    stripe: Emulator, api: Any, subscribed: Tenant, as_tenant: Any
) -> None:
    with as_tenant(subscribed):
        customer = BillingAccount.objects.get().stripe_customer_id
    for card in api.customers.payment_methods.list(customer).data:
        api.payment_methods.detach(card.id)
    event = next(event for event in stripe.events() if event["type"] == "payment_method.detached")
    post(stripe, event)
    run_due_tasks()

    assert states()[event["id"]] == "ignored"
