"""Buying a plan: through the emulator's page, with cards that are refused and cards that are good."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.billing.emulator import Emulator
from apps.billing.events import SubscriptionChanged
from apps.billing.interface import AlreadySubscribed, PlanNotOffered, TrialUsed
from apps.billing.models import CheckoutAttempt, Invoice, Subscription
from apps.billing.services.changes import trial_start
from apps.billing.services.checkout import checkout_begin, checkout_finish
from apps.billing.services.customers import customer_ensure
from apps.core import scope
from apps.core.errors import PermissionDenied
from apps.entitlements.interface import Standing, entitlements
from apps.events.models import OutboxEvent
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from apps.tenancy.services.addresses import workspace_change_slug
from tests.billing.webhooks import post, states
from tests.factories import entitlements as plans
from tests.factories.tenancy import scope_of

GOOD, DECLINED = "4242424242424242", "4000000000000002"


@pytest.fixture(autouse=True)
def sold(catalogue: None) -> None:
    """Stripe has the plans."""


@pytest.fixture
def owner(tenant: Tenant, member: Any, signed_in: Any) -> Client:
    return signed_in(member("owner"))


def choose(owner: Client, tenant: Tenant, plan: str = "team") -> Any:
    return owner.post(f"/w/{tenant.slug}/billing/checkout/", {"plan": plan, "interval": "month"})


def published() -> list[dict[str, Any]]:
    with scope.as_role("platform"):
        rows = OutboxEvent.objects.filter(type=SubscriptionChanged.event_name)
        return list(rows.values_list("payload", flat=True))


def type_card(page: str, number: str) -> int:
    """Pay on Stripe's page as a browser does; return its status, and follow no redirect to the app."""
    try:
        with urlopen(page, urlencode({"number": number}).encode()) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as refused:
        refused.close()
        return refused.code


def test_from_free_to_paid_with_a_declined_card_first(
    stripe: Emulator, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    page = choose(owner, tenant)["Location"]
    assert type_card(page, DECLINED) == 402
    owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout")
    assert "Active" not in owner.get(f"/w/{tenant.slug}/billing/").content.decode()

    session = page.rsplit("/", 1)[1]
    stripe.pay(session, GOOD)
    back = owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout", follow=True)

    assert "Thank you. Your plan is active." in back.content.decode()
    assert "Active" in back.content.decode()
    with as_tenant(tenant):
        assert Subscription.objects.get().plan == "team"
        assert CheckoutAttempt.objects.get().state == "complete"
        assert entitlements().get_facts(tenant_id=tenant.id).plan == "team"


def test_the_webhook_brings_it_in_when_nobody_comes_back_and_is_applied_once(
    stripe: Emulator, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    page = choose(owner, tenant)["Location"]
    stripe.pay(page.rsplit("/", 1)[1], GOOD)
    [event] = [each for each in stripe.events() if each["type"] == "checkout.session.completed"]

    for _ in range(3):
        assert post(stripe, event).status_code == 200
        run_due_tasks()

    assert states() == {event["id"]: "done"}
    with as_tenant(tenant):
        assert Subscription.objects.get().status == "active"
    [told] = published()
    assert (told["former_plan"], told["plan"], told["standing"]) == ("", "team", "full")


def test_it_is_paid_for_every_member_who_may_come_in(
    stripe: Emulator, tenant: Tenant, owner: Client, member: Any, as_tenant: Any
) -> None:
    member("viewer")
    page = choose(owner, tenant)["Location"]
    stripe.pay(page.rsplit("/", 1)[1], GOOD)
    owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout")

    with as_tenant(tenant):
        assert Subscription.objects.get().quantity == 3  # with the fixture's first owner


def test_nasty_case_09_two_windows_come_to_the_same_page(
    stripe: Emulator, tenant: Tenant, owner: Client
) -> None:
    assert choose(owner, tenant)["Location"] == choose(owner, tenant)["Location"]


def test_a_workspace_that_changed_its_address_meanwhile_comes_to_the_same_page(
    stripe: Emulator, tenant: Tenant, owner: Client
) -> None:
    page = choose(owner, tenant)["Location"]
    with scope_of(tenant):
        tenant = workspace_change_slug(slug="moved-meanwhile")

    assert choose(owner, tenant)["Location"] == page


def test_nasty_case_09_another_choice_closes_the_first_page(
    stripe: Emulator, api: Any, tenant: Tenant, owner: Client, member: Any
) -> None:
    first = choose(owner, tenant)["Location"].rsplit("/", 1)[1]
    member()  # so it is for another number of seats
    second = choose(owner, tenant)["Location"].rsplit("/", 1)[1]

    assert api.checkout.sessions.retrieve(first).status == "expired"
    assert api.checkout.sessions.retrieve(second).status == "open"


def test_nasty_case_09_who_has_paid_in_another_window_pays_no_second_time(
    stripe: Emulator, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    page = choose(owner, tenant)["Location"]
    stripe.pay(page.rsplit("/", 1)[1], GOOD)

    with as_tenant(tenant), pytest.raises(AlreadySubscribed):
        checkout_begin(plan="team", interval="month")
    assert "has a plan already" in owner.get(choose(owner, tenant)["Location"]).content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(3))
def test_nasty_case_09_who_chooses_and_tries_at_the_same_time_has_one_thing_to_pay(
    stripe: Emulator, catalogue: None, api: Any, tenant: Tenant, round_number: int
) -> None:
    together = Barrier(3)

    def begin(start: Any, interval: str) -> None:
        try:
            with scope_of(tenant, user=buyer):
                together.wait()
                start(plan="team", interval=interval)
        except (AlreadySubscribed, TrialUsed):
            pass
        finally:
            connection.close()

    with scope_of(tenant) as now:
        buyer = User.objects.get(id=now.user_id)
        customer_ensure()
    with ThreadPoolExecutor(3) as pool:
        chosen = [(checkout_begin, "month"), (checkout_begin, "year"), (trial_start, "month")]
        for done in [pool.submit(begin, *one) for one in chosen]:
            done.result()

    pages = [one for one in stripe.store.all("checkout.session") if one["status"] == "open"]
    assert len(pages) + len(api.subscriptions.list().data) == 1


def test_nasty_case_09_a_trial_closes_the_page_that_is_open(
    stripe: Emulator, catalogue: None, api: Any, tenant: Tenant, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        page = checkout_begin(plan="team", interval="month").rsplit("/", 1)[1]
        trial_start(plan="team", interval="month")

    assert api.checkout.sessions.retrieve(page).status == "expired"


def test_nasty_case_07_the_redirect_before_and_after_the_webhook_lead_to_the_same(
    stripe: Emulator, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    page = choose(owner, tenant)["Location"]
    stripe.pay(page.rsplit("/", 1)[1], GOOD)
    owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout")
    for event in stripe.events():
        post(stripe, event)
    run_due_tasks()
    owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout")

    with as_tenant(tenant):
        assert Subscription.objects.get().status == "active"
    assert len(published()) == 1


def test_a_promotion_code_takes_something_off(
    stripe: Emulator, api: Any, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    coupon = api.coupons.create({"percent_off": 25, "duration": "once"})
    api.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HELLO"})
    page = choose(owner, tenant)["Location"]
    with urlopen(page, urlencode({"code": "HELLO"}).encode()) as answer:  # noqa: S310
        assert answer.status == 200
    stripe.pay(page.rsplit("/", 1)[1], GOOD)
    owner.get(f"/w/{tenant.slug}/billing/return/")

    with as_tenant(tenant):
        assert Invoice.objects.get().total == 2 * 1200 * 3 // 4


def test_a_page_that_ran_out_is_replaced(stripe: Emulator, api: Any, tenant: Tenant, owner: Client) -> None:
    first = choose(owner, tenant)["Location"]
    api.checkout.sessions.expire(first.rsplit("/", 1)[1])

    assert choose(owner, tenant)["Location"] not in ("", first)


def test_what_is_not_for_sale_is_refused(stripe: Emulator, tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant):
        for plan, interval in [("unlimited", "month"), ("free", "month"), ("team", "day"), ("", "")]:
            with pytest.raises(PlanNotOffered):
                checkout_begin(plan=plan, interval=interval)


def test_a_plan_that_was_given_is_the_present_one_and_no_other(
    stripe: Emulator, tenant: Tenant, owner: Client
) -> None:
    plans.facts(tenant, plan="team")

    shown = {
        one.plan.code: one.is_current for one in owner.get(f"/w/{tenant.slug}/billing/").context["offers"]
    }

    assert shown["team"]
    assert sum(shown.values()) == 1


def test_members_may_not_buy(stripe: Emulator, tenant: Tenant, as_tenant: Any) -> None:
    with as_tenant(tenant, role="member"):
        for attempt in (lambda: checkout_begin(plan="team", interval="month"), checkout_finish):
            with pytest.raises(PermissionDenied):
                attempt()


def test_when_stripe_does_not_answer_the_person_is_told(
    stripe: Emulator, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    stripe.fail_next(500)
    assert choose(owner, tenant)["Location"] == f"/w/{tenant.slug}/billing/"

    page = choose(owner, tenant)["Location"]
    stripe.pay(page.rsplit("/", 1)[1], GOOD)
    stripe.fail_next(429)
    back = owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout", follow=True)
    assert "Your payment is being confirmed." in back.content.decode()


def test_the_log_says_what_happened(stripe: Emulator, tenant: Tenant, owner: Client, as_tenant: Any) -> None:
    page = choose(owner, tenant)["Location"]
    stripe.pay(page.rsplit("/", 1)[1], GOOD)
    owner.get(f"/w/{tenant.slug}/billing/return/?from=checkout")
    said = owner.get(f"/w/{tenant.slug}/audit/").content.decode()

    assert "went to pay for the plan Team" in said
    assert "The plan changed from" in said


def test_the_page_takes_few_queries(
    stripe: Emulator, tenant: Tenant, owner: Client, django_assert_max_num_queries: Any
) -> None:
    owner.get(f"/w/{tenant.slug}/billing/")
    with django_assert_max_num_queries(8 + 1):
        owner.get(f"/w/{tenant.slug}/billing/")


def test_its_forms_may_lead_to_stripe(stripe: Emulator, tenant: Tenant, owner: Client) -> None:
    policy = owner.get(f"/w/{tenant.slug}/billing/")["Content-Security-Policy"]

    assert f"form-action 'self' {stripe.url}" in policy


def test_everybody_sees_the_prices(stripe: Emulator) -> None:
    said = Client().get("/pricing/?interval=year").content.decode()

    assert "120.00 EUR" in said
    assert "per member and year" in said


def test_with_billing_off_everybody_has_the_default_plan_and_the_pages_say_so(
    settings: Any, tenant: Tenant, owner: Client, as_tenant: Any
) -> None:
    plans.facts(tenant, plan="business", standing=Standing.READ_ONLY)
    settings.STRIPE_SECRET_KEY, settings.PLANS_ARE_SOLD, settings.DEFAULT_PLAN = "", False, "team"

    assert "Payments are switched off" in Client().get("/pricing/").content.decode()
    with as_tenant(tenant):
        assert entitlements().get_facts(tenant_id=tenant.id).plan == "team"

    assert "Payments are switched off" in owner.get(f"/w/{tenant.slug}/billing/").content.decode()
    assert choose(owner, tenant).status_code == 404
