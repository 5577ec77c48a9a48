"""Trying a plan, changing to another, and the provider's portal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.billing import selectors
from apps.billing.emulator import Emulator
from apps.billing.interface import (
    AlreadySubscribed,
    CardDeclined,
    NotSubscribed,
    PlanEnds,
    PlanNotOffered,
    PreviewOutdated,
    TrialRunning,
    TrialUsed,
)
from apps.billing.models import Invoice, Subscription
from apps.billing.providers.stripe import gateway
from apps.billing.services.changes import change_preview, plan_change, trial_start
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.customers import portal_open
from apps.billing.services.sync import sync_account
from apps.core import clock
from apps.entitlements.interface import entitlements
from apps.tenancy.models import Tenant
from tests.billing.test_seats import join, settle

DAY = 24 * 60 * 60


pytestmark = pytest.mark.usefixtures("catalogue")


def plan_of(tenant: Tenant, as_tenant: Any) -> str:
    with as_tenant(tenant):
        return entitlements().get_facts(tenant_id=tenant.id).plan


def pay_with_failing_card(tenant: Tenant, as_tenant: Any, api: Any) -> None:
    """Have what the workspace pays from now on be refused by its bank."""
    pay_with(tenant, as_tenant, api, "pm_card_chargeCustomerFail")


def pay_with(tenant: Tenant, as_tenant: Any, api: Any, name: str) -> None:
    """Have the workspace pay with a test card from now on."""
    with as_tenant(tenant):
        current = Subscription.objects.select_related("account").get()
    card = api.payment_methods.attach(name, {"customer": str(current.account.stripe_customer_id)})
    api.subscriptions.update(current.stripe_id, {"default_payment_method": card.id})


def chosen(page: Any) -> dict[str, Any]:
    """Return what the form of a preview sends."""
    shown = page.context
    return {
        "plan": shown["offer"].plan.code,
        "interval": shown["interval"],
        "at": shown["at"],
        "agreed": shown["preview"].agreed,
    }


def test_a_trial_needs_no_card_and_is_had_once(stripe: Emulator, tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")
        current = selectors.current_subscription()
        assert current is not None
        assert current.status == "trialing"
        with pytest.raises(AlreadySubscribed):
            trial_start(plan="team", interval="month")
    assert plan_of(tenant, as_tenant) == "team"


def test_nasty_case_15_a_trial_that_ends_without_a_card_ends_the_plan_and_is_not_had_again(
    stripe: Emulator, tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")
    stripe.advance(to=stripe.now + 15 * DAY)
    sync_account(tenant_id=tenant.id)

    with as_tenant(tenant):
        assert Subscription.objects.get().status == "canceled"
        with pytest.raises(TrialUsed):
            trial_start(plan="team", interval="month")
    assert plan_of(tenant, as_tenant) != "team"


def test_what_has_no_trial_is_not_tried(tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant), pytest.raises(PlanNotOffered):
        trial_start(plan="business", interval="month")


def test_a_trial_becomes_no_plan_that_is_not_tried(stripe: Emulator, tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")
        with pytest.raises(TrialRunning):
            change_preview(plan="business", interval="month", at=clock.now())
        with pytest.raises(TrialRunning):
            plan_change(plan="business", interval="month", at=clock.now())
        plan_change(plan="team", interval="year", at=clock.now())
        current = Subscription.objects.get()
        assert (current.status, current.lookup_key) == ("trialing", "team_year")
    assert plan_of(tenant, as_tenant) == "team"


def test_a_trial_with_a_card_becomes_a_plan_that_is_not_tried_and_is_paid_at_once(
    stripe: Emulator, tenant: Tenant, as_tenant: Any, api: Any
) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")
    pay_with(tenant, as_tenant, api, "pm_card_visa")
    sync_account(tenant_id=tenant.id)

    with as_tenant(tenant):
        at = clock.now().replace(microsecond=0)
        preview = change_preview(plan="business", interval="month", at=at)
        plan_change(plan="business", interval="month", at=at)

        current = selectors.current_subscription()
        assert current is not None
        assert (current.status, current.lookup_key) == ("active", "business_month")
        assert preview.due == selectors.invoices()[0].amount_paid == 249_00


def test_in_a_trial_that_goes_on_nothing_is_due_today(
    tenant: Tenant, as_tenant: Any, member: Any, signed_in: Any
) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")

    asked = {"plan": "team", "interval": "year"}
    page = signed_in(member("owner")).get(f"/w/{tenant.slug}/billing/change/", asked).content.decode()

    assert "Your trial goes on until" in page
    assert "Due today" not in page


def test_a_cancelled_plan_is_resumed_before_it_is_changed(
    subscribed: Tenant, as_tenant: Any, api: Any, member: Any, signed_in: Any
) -> None:
    with as_tenant(subscribed):
        gateway().cancel(
            subscription_id=Subscription.objects.get().stripe_id, at_period_end=True, key="cancel-1"
        )
        sync_account(tenant_id=subscribed.id)
        with pytest.raises(PlanEnds):
            plan_change(plan="business", interval="month", at=clock.now())

    page = signed_in(member("owner")).get(f"/w/{subscribed.slug}/billing/").content.decode()
    assert "Change to Business" not in page
    assert "resume your plan first" in page


def test_a_change_says_what_all_seats_cost_from_then_on(
    subscribed: Tenant, member: Any, signed_in: Any
) -> None:
    asked = {"plan": "team", "interval": "year"}
    page = signed_in(member("owner")).get(f"/w/{subscribed.slug}/billing/change/", asked).content.decode()

    assert "2 × 120.00 EUR" in page


def test_what_a_smaller_plan_leaves_over_is_said_before(
    subscribed: Tenant, as_tenant: Any, member: Any, signed_in: Any
) -> None:
    with as_tenant(subscribed):
        plan_change(plan="business", interval="month", at=clock.now())

    asked = {"plan": "team", "interval": "month"}
    page = signed_in(member("owner")).get(f"/w/{subscribed.slug}/billing/change/", asked).content.decode()

    assert "Taken off your next invoices" in page
    with as_tenant(subscribed):
        plan_change(plan="team", interval="month", at=clock.now())
    assert "Credit" in signed_in(member("owner")).get(f"/w/{subscribed.slug}/billing/").content.decode()


def test_what_is_charged_by_usage_from_now_on_costs_nothing_for_before(
    subscribed: Tenant, as_tenant: Any
) -> None:
    with as_tenant(subscribed):
        plan_change(plan="team", interval="year", at=clock.now())
        preview = change_preview(plan="business", interval="month", at=clock.now())

    assert all(line.amount for line in preview.lines)


def test_nasty_case_17_an_upgrade_costs_what_its_preview_said(
    stripe: Emulator, subscribed: Tenant, as_tenant: Any
) -> None:
    stripe.advance(to=stripe.now + 10 * DAY)
    with as_tenant(subscribed):
        at = clock.now().replace(microsecond=0)
        preview = change_preview(plan="team", interval="year", at=at)
        plan_change(plan="team", interval="year", at=at)

        newest = selectors.invoices()[0]
        assert preview.due == newest.total > 0
        assert selectors.current_subscription().lookup_key == "team_year"  # type: ignore[union-attr]


def test_a_change_to_another_kind_of_price_exchanges_its_items(
    stripe: Emulator, subscribed: Tenant, as_tenant: Any
) -> None:
    with as_tenant(subscribed):
        plan_change(plan="business", interval="month", at=clock.now())
        current = selectors.current_subscription()
        assert current is not None
        assert (current.plan, current.lookup_key, current.quantity) == ("business", "business_month", 1)
        plan_change(plan="team", interval="month", at=clock.now())
        assert Subscription.objects.get().lookup_key == "team_month"
    assert plan_of(subscribed, as_tenant) == "team"


def test_an_upgrade_whose_card_is_declined_changes_nothing(
    stripe: Emulator, subscribed: Tenant, as_tenant: Any, api: Any, member: Any, signed_in: Any
) -> None:
    pay_with_failing_card(subscribed, as_tenant, api)
    with as_tenant(subscribed), pytest.raises(CardDeclined):
        plan_change(plan="business", interval="month", at=clock.now())
    address, asked = f"/w/{subscribed.slug}/billing/change/", {"plan": "business", "interval": "year"}
    owner = signed_in(member("owner"))
    page = owner.post(address, chosen(owner.get(address, asked)), follow=True)
    assert "The card was declined. Nothing was changed." in page.content.decode()

    sync_account(tenant_id=subscribed.id)
    with as_tenant(subscribed):
        current = Subscription.objects.get()
        assert (current.status, current.lookup_key) == ("active", "team_month")
        assert not Invoice.objects.filter(status="open").exists()
    assert plan_of(subscribed, as_tenant) == "team"


def test_a_preview_of_long_ago_is_looked_at_again(subscribed: Tenant, as_tenant: Any) -> None:
    with as_tenant(subscribed):
        for at in (clock.now() - timedelta(hours=1), clock.now() + timedelta(hours=1)):
            with pytest.raises(PreviewOutdated):
                plan_change(plan="team", interval="year", at=at)


def test_the_present_plan_is_no_change_and_nothing_is_none(
    subscribed: Tenant, other_tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(subscribed), pytest.raises(PlanNotOffered):
        change_preview(plan="team", interval="month", at=clock.now())
    with as_tenant(other_tenant):
        with pytest.raises(NotSubscribed):
            change_preview(plan="team", interval="month", at=clock.now())
        with pytest.raises(NotSubscribed):
            portal_open()


def test_the_pages_of_a_change(
    stripe: Emulator, subscribed: Tenant, member: Any, signed_in: Any, as_tenant: Any
) -> None:
    owner: Client = signed_in(member("owner"))
    address = f"/w/{subscribed.slug}/billing/change/"
    page = owner.get(address, {"plan": "business", "interval": "month"})
    assert "Due today" in page.content.decode()

    wanted = chosen(page)
    moments = [{"at": at} for at in ("", "yesterday", "2026-13-45T00:00:00Z", "2026-11-21T00:00:00")]
    for other in [*moments, {"agreed": ""}, {"agreed": "-1"}, {"agreed": "x"}, {"agreed": "9" * 99}]:
        again = owner.post(address, wanted | other, follow=True)
        assert "What it costs may have changed" in again.content.decode()
    done = owner.post(address, wanted, follow=True)
    assert "Your plan is Business now." in done.content.decode()
    assert "This is your plan already." in owner.post(address, wanted, follow=True).content.decode()


def test_who_joins_after_a_preview_makes_it_outdated(
    subscribed: Tenant, member: Any, signed_in: Any, as_tenant: Any
) -> None:
    owner: Client = signed_in(member("owner"))
    address = f"/w/{subscribed.slug}/billing/change/"
    seen = owner.get(address, {"plan": "team", "interval": "year"})
    join(subscribed)
    settle()

    done = owner.post(address, chosen(seen), follow=True)

    assert "What it costs may have changed" in done.content.decode()
    with as_tenant(subscribed):
        assert selectors.current_subscription().lookup_key == "team_month"  # type: ignore[union-attr]


def test_what_is_used_meanwhile_makes_no_preview_outdated(
    stripe: Emulator, subscribed: Tenant, member: Any, signed_in: Any, as_tenant: Any, api: Any
) -> None:
    owner: Client = signed_in(member("owner"))
    address = f"/w/{subscribed.slug}/billing/change/"
    with as_tenant(subscribed):
        plan_change(plan="business", interval="month", at=clock.now())
        customer = selectors.account().stripe_customer_id  # type: ignore[union-attr]
    stripe.advance(to=stripe.now + 60)
    seen = owner.get(address, {"plan": "business", "interval": "year"})
    payload = {"stripe_customer_id": customer, "value": "500"}
    api.billing.meter_events.create({"event_name": "checks", "payload": payload, "timestamp": stripe.now - 1})

    done = owner.post(address, chosen(seen), follow=True)

    assert "Your plan is Business now." in done.content.decode()
    with as_tenant(subscribed):
        assert selectors.invoices()[0].total == seen.context["preview"].agreed + 500


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_only_what_was_seen_is_made(
    stripe: Emulator, subscribed: Tenant, member: Any, signed_in: Any
) -> None:
    someone, address = member("owner"), f"/w/{subscribed.slug}/billing/change/"
    wishes = [{"plan": "business", "interval": "month"}, {"plan": "team", "interval": "year"}]
    windows = [signed_in(someone) for _wish in wishes]
    seen = [window.get(address, wish) for window, wish in zip(windows, wishes, strict=True)]

    def agree(number: int) -> str:
        try:
            return str(windows[number].post(address, chosen(seen[number]), follow=True).content.decode())
        finally:
            connection.close()

    with ThreadPoolExecutor(len(windows)) as pool:
        pages = list(pool.map(agree, range(len(windows))))

    assert sorted("What it costs may have changed" in page for page in pages) == [False, True]


def test_taxes_are_added_where_they_are_switched_on(
    stripe: Emulator, tenant: Tenant, as_tenant: Any, settings: Any, api: Any
) -> None:
    settings.STRIPE_TAX = True
    with as_tenant(tenant):
        session = checkout_begin(plan="team", interval="month").rsplit("/", 1)[1]

    assert api.checkout.sessions.retrieve(session).automatic_tax.enabled


def test_invoices_are_listed_in_their_own_currency(
    subscribed: Tenant, member: Any, signed_in: Any, as_tenant: Any
) -> None:
    with as_tenant(subscribed), transaction.atomic():
        Invoice.objects.filter(tenant_id=subscribed.id).update(currency="jpy", total=12_000)

    assert "12,000 JPY" in signed_in(member("owner")).get(f"/w/{subscribed.slug}/billing/").content.decode()
