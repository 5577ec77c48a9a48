"""Paid seats follow the members: exactly, whatever happens at once or fails in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from apps.billing.emulator import Emulator
from apps.billing.models import SeatSync, Subscription
from apps.billing.offers import lines_of
from apps.billing.providers.stripe import gateway
from apps.billing.services.changes import plan_change
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.reconcile import accounts_reconcile
from apps.billing.services.seat_notes import seats_sweep
from apps.billing.services.seats import seats_sync
from apps.billing.services.sync import sync_account
from apps.core import clock
from apps.entitlements.interface import plan
from apps.events.interface import publish
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.events import MemberAdded
from apps.tenancy.models import Membership, Tenant
from apps.tenancy.services.members import member_remove
from apps.tenancy.services.standing import member_suspend
from tests.billing.webhooks import make_due
from tests.factories.accounts import person
from tests.factories.tenancy import scope_of


def join(tenant: Tenant) -> UUID:
    """Have somebody accept an invitation."""
    with scope_of(tenant), transaction.atomic():
        found = Membership.objects.create(tenant_id=tenant.id, user_id=person().id, role="member")
        publish(MemberAdded(membership_id=found.id, user_id=found.user_id, role="member"))
    return found.id


def settle() -> None:
    """Deliver the events, and run what waits a moment for more of them."""
    deliver_due()
    make_due()
    run_due_tasks()


def charged(api: Any) -> int:
    """Return how many seats Stripe charges for."""
    [subscription] = api.subscriptions.list({"status": "active"}).data
    return int(subscription.to_dict()["items"]["data"][0]["quantity"])


def test_who_joins_is_charged_for_and_who_leaves_is_not(subscribed: Tenant, api: Any, as_tenant: Any) -> None:
    memberships = [join(subscribed) for _ in range(3)]
    settle()
    assert charged(api) == 4

    with as_tenant(subscribed):
        member_remove(membership_id=memberships[0])
        member_suspend(membership_id=memberships[1])
    settle()
    assert charged(api) == 2
    with as_tenant(subscribed):
        assert Subscription.objects.get().quantity == 2
        assert not SeatSync.objects.get().is_dirty


def test_many_who_join_at_once_change_the_invoice_once(
    subscribed: Tenant, stripe: Emulator, api: Any
) -> None:
    def updates() -> int:
        return sum(event["type"] == "customer.subscription.updated" for event in stripe.events())

    before = updates()
    for _ in range(5):
        join(subscribed)
    settle()

    assert charged(api) == 6
    assert updates() == before + 1


@pytest.mark.parametrize("fault", [500, 429, "timeout", "lost"])
def test_nasty_case_13_what_stripe_did_before_the_line_broke_is_not_done_twice(
    subscribed: Tenant, stripe: Emulator, api: Any, as_tenant: Any, fault: Any
) -> None:
    join(subscribed)
    deliver_due()
    stripe.faults.extend(["", "", "", fault])  # what is read first goes well
    for _ in range(2):
        make_due()
        run_due_tasks()

    assert charged(api) == 2
    with as_tenant(subscribed):
        seats = SeatSync.objects.get()
        assert (seats.desired, seats.confirmed, seats.is_dirty) == (2, 2, False)


@pytest.mark.django_db(transaction=True)
def test_nasty_case_13_five_join_and_two_leave_at_the_same_time(
    subscribed: Tenant, api: Any, as_tenant: Any
) -> None:
    leaving = [join(subscribed) for _ in range(2)]

    def leave(membership_id: UUID) -> None:
        with scope_of(subscribed):
            member_remove(membership_id=membership_id)
        work()

    def enter(_number: int) -> None:
        join(subscribed)
        work()

    def work() -> None:
        try:
            deliver_due()
            seats_sync(tenant_id=subscribed.id)
        finally:
            connection.close()

    with ThreadPoolExecutor(7) as pool:
        for done in [*(pool.submit(enter, n) for n in range(5)), *(pool.submit(leave, m) for m in leaving)]:
            done.result()
    settle()

    assert charged(api) == 6


def test_who_joins_while_somebody_pays_is_charged_for(
    stripe: Emulator, catalogue: None, tenant: Tenant, api: Any, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        page = checkout_begin(plan="team", interval="month")
    join(tenant)
    settle()
    stripe.pay(page.rsplit("/", 1)[1])
    sync_account(tenant_id=tenant.id)
    settle()

    assert charged(api) == 2


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_as_many_are_charged_for_as_there_are(
    subscribed: Tenant, stripe: Emulator, api: Any, seed: int
) -> None:
    chance, there = Random(seed), [join(subscribed)]  # noqa: S311 - the same at each run
    for _ in range(12):
        match chance.choice(["join", "leave", "fault", "settle"]):
            case "join":
                there.append(join(subscribed))
            case "leave" if there:
                with scope_of(subscribed):
                    member_remove(membership_id=there.pop(chance.randrange(len(there))))
            case "fault":
                stripe.fail_next(chance.choice([429, 500, "lost"]))
            case "settle":
                settle()
    for _ in range(4):
        settle()

    assert charged(api) == 1 + len(there)


def test_a_plan_with_a_base_price_has_no_seats(subscribed: Tenant, api: Any, as_tenant: Any) -> None:
    with as_tenant(subscribed):
        plan_change(plan="business", interval="month", at=clock.now())
    join(subscribed)
    settle()

    with as_tenant(subscribed):
        assert Subscription.objects.get().quantity == 1


def test_who_joins_just_after_a_change_of_plan_is_not_put_on_its_base_price(
    subscribed: Tenant, api: Any, as_tenant: Any
) -> None:
    with as_tenant(subscribed):
        current = Subscription.objects.get()
    gateway().change_price(  # of which no webhook has told us yet
        subscription_id=current.stripe_id,
        lines=lines_of(plan("business"), "month", 1),
        at=clock.now(),
        key="elsewhere",
    )
    join(subscribed)
    settle()

    assert charged(api) == 1


def test_who_joins_during_a_long_outage_is_charged_for_after_it(
    subscribed: Tenant, stripe: Emulator, api: Any
) -> None:
    join(subscribed)
    deliver_due()
    for _ in range(8):  # until the task gives up
        stripe.fail_next(500)
        make_due()
        run_due_tasks()
    assert seats_sweep() == 0
    stripe.faults.clear()
    settle()
    assert charged(api) == 1

    with clock.stopped_at(clock.now() + timedelta(minutes=6)):
        assert seats_sweep() == 1
        settle()
        assert charged(api) == 2
        assert seats_sweep() == 0


def test_who_pays_for_no_seats_is_not_swept(stripe: Emulator, tenant: Tenant) -> None:
    join(tenant)
    settle()
    with clock.stopped_at(clock.now() + timedelta(minutes=6)):
        assert seats_sweep() == 0


def test_another_number_of_seats_at_stripe_is_put_right_in_the_night(subscribed: Tenant, api: Any) -> None:
    settle()
    [subscription] = api.subscriptions.list({"status": "active"}).data
    item = subscription.to_dict()["items"]["data"][0]["id"]
    api.subscriptions.update(subscription.id, {"items": [{"id": item, "quantity": 5}]})
    accounts_reconcile()
    for _ in range(2):
        settle()

    assert charged(api) == 1


def test_nobody_who_pays_nothing_is_counted(stripe: Emulator, tenant: Tenant) -> None:
    join(tenant)
    settle()

    assert stripe.events() == []


def test_before_inviting_one_sees_what_a_seat_costs(
    subscribed: Tenant, other_tenant: Tenant, member: Any, signed_in: Any
) -> None:
    said = signed_in(member("owner")).get(f"/w/{subscribed.slug}/members/invite/").content.decode()

    assert "12.00 EUR per month" in said
