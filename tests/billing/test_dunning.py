"""A renewal that fails: grace with a banner and mails, then reading only, then recovery."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.core import mail

from apps.billing.emulator import Emulator
from apps.billing.emulator.engine.calendar import months_after
from apps.billing.models import Subscription
from apps.billing.services.changes import trial_start
from apps.billing.services.checkout import checkout_begin
from apps.billing.services.grace import grace_sweep
from apps.billing.services.sync import sync_account
from apps.entitlements.interface import Standing, entitlements
from apps.events.upkeep import deliver_due
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant

FAILS_LATER = "4000000000000341"
DAY = 24 * 60 * 60


@pytest.fixture
def at(stripe: Emulator, tenant: Tenant) -> Callable[[int], Any]:
    """Be at a moment, at Stripe and here, with what happened until then brought in."""

    @contextmanager
    def travel(moment: int) -> Iterator[None]:
        stripe.advance(to=moment)
        with time_machine.travel(moment, tick=False):
            sync_account(tenant_id=tenant.id)
            settle()
            yield

    return travel


def settle() -> None:
    """Run what waits, and tell who is to hear of it."""
    run_due_tasks()
    deliver_due()
    run_due_tasks()


@pytest.fixture
def renewal(stripe: Emulator, catalogue: None, tenant: Tenant, as_tenant: Any) -> int:
    """When the first renewal fails, in seconds since 1970."""
    with as_tenant(tenant):
        stripe.pay(checkout_begin(plan="team", interval="month").rsplit("/", 1)[1], FAILS_LATER)
        sync_account(tenant_id=tenant.id)
    return months_after(stripe.now, 1)


@pytest.fixture
def page(tenant: Tenant, member: Any, signed_in: Any) -> Callable[..., str]:
    """Read a page of the workspace."""
    people = {role: member(role) for role in ("owner", "member")}

    def read(path: str = "", role: str = "owner") -> str:
        answer = signed_in(people[role]).get(f"/w/{tenant.slug}/{path}", follow=True)
        return str(answer.content.decode())

    return read


def standing(tenant: Tenant, as_tenant: Any) -> Standing:
    with as_tenant(tenant):
        return entitlements().get_facts(tenant_id=tenant.id).standing


def failures() -> list[mail.EmailMessage]:
    return [message for message in mail.outbox if "failed" in message.subject]


def test_nasty_case_12_from_a_failed_renewal_through_grace_to_reading_only_and_back(
    stripe: Emulator, tenant: Tenant, renewal: int, at: Any, page: Any, as_tenant: Any
) -> None:
    with at(renewal + 1):
        assert standing(tenant, as_tenant) is Standing.GRACE
        assert "A payment is missing." in page("billing/")
        assert "Pay the open invoice" in page("billing/")
    with at(renewal + 7 * DAY - 1):
        assert standing(tenant, as_tenant) is Standing.GRACE
    with at(renewal + 7 * DAY):
        assert standing(tenant, as_tenant) is Standing.READ_ONLY
        assert "This workspace can only be read." in page(role="member")
        assert "Pay now" not in page(role="member")

    with stripe.lock:  # the bank has money again
        [card] = stripe.store.all("payment_method")
        stripe.store.save(card | {"_behaviour": "good"})
    with at(renewal + 9 * DAY + 60):
        assert standing(tenant, as_tenant) is Standing.FULL
        assert "can only be read" not in page()


def test_nasty_case_12_each_attempt_is_told_once_to_who_manages_billing(
    stripe: Emulator, tenant: Tenant, renewal: int, at: Any, page: Any
) -> None:
    for moment in (renewal + 1, renewal + 2, renewal + 60):
        with at(moment):
            first = failures()
    people = {message.to[0] for message in first}
    assert len(first) == len(people) == 2  # two owners; the member hears nothing
    assert "36.00 EUR" in first[0].subject or "EUR" in first[0].subject

    with at(renewal + 3 * DAY + 60):
        assert len(failures()) == 4


def test_nasty_case_12_reading_only_begins_by_itself(
    stripe: Emulator, tenant: Tenant, renewal: int, at: Any, as_tenant: Any
) -> None:
    with at(renewal + 1):
        assert standing(tenant, as_tenant) is Standing.GRACE
    with time_machine.travel(renewal + 8 * DAY, tick=False):  # and no news has come
        assert standing(tenant, as_tenant) is Standing.READ_ONLY


def test_nasty_case_12_reading_only_and_the_recovery_are_told_once_by_mail(
    stripe: Emulator, tenant: Tenant, renewal: int, at: Any, page: Any
) -> None:
    def told(part: str) -> list[str]:
        return [message.to[0] for message in mail.outbox if part in message.subject]

    with at(renewal + 1):
        assert grace_sweep() == 0
    with time_machine.travel(renewal + 7 * DAY, tick=False):  # and no news has come
        assert grace_sweep() == 1
        settle()
        people = told("can only be read")
        assert len(people) == len(set(people)) == 2  # two owners; the member hears nothing
        assert grace_sweep() == 0
    with at(renewal + 8 * DAY):
        assert len(told("can only be read")) == 2
        assert not told("has arrived")

    with stripe.lock:  # the bank has money again
        [card] = stripe.store.all("payment_method")
        stripe.store.save(card | {"_behaviour": "good"})
    for _ in range(2):
        with at(renewal + 9 * DAY + 60):
            assert len(told("has arrived")) == 2


def test_nasty_case_11_a_first_payment_that_fails_is_no_reason_for_mails(
    stripe: Emulator, api: Any, catalogue: None, tenant: Tenant, at: Any, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        stripe.pay(checkout_begin(plan="team", interval="month").rsplit("/", 1)[1])
        sync_account(tenant_id=tenant.id)
    [paid] = api.subscriptions.list({}).data
    api.subscriptions.cancel(paid.id)
    method = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": str(paid.customer)})
    api.customers.update(str(paid.customer), {"invoice_settings": {"default_payment_method": method.id}})
    price = paid.to_dict()["items"]["data"][0]["price"]["id"]
    api.subscriptions.create(
        {
            "customer": str(paid.customer),
            "items": [{"price": price}],
            "payment_behavior": "allow_incomplete",
        }
    )

    with at(stripe.now + 60), as_tenant(tenant):
        assert Subscription.objects.get(is_current=True).status == "incomplete"
        assert entitlements().get_facts(tenant_id=tenant.id).plan != "team"
    with at(stripe.now + 2 * DAY), as_tenant(tenant):
        assert not Subscription.objects.filter(is_current=True).exists()
        assert checkout_begin(plan="team", interval="month")
    assert failures() == []


def test_a_trial_without_a_card_is_warned_of_once(
    stripe: Emulator, catalogue: None, tenant: Tenant, at: Any, as_tenant: Any
) -> None:
    with as_tenant(tenant):
        trial_start(plan="team", interval="month")
    began = stripe.now
    with at(began + 10 * DAY):
        assert not [message for message in mail.outbox if "trial" in message.subject]
    for days in (11, 12):
        with at(began + days * DAY + 60):
            told = [message for message in mail.outbox if "trial of Team ends" in message.subject]
    assert len(told) == 1


def test_the_banner_takes_no_query(
    tenant: Tenant, renewal: int, at: Any, member: Any, signed_in: Any, query_count: Any
) -> None:
    with at(renewal + 1):
        owner = signed_in(member("owner"))
        owner.get(f"/w/{tenant.slug}/")
        with query_count() as queries:
            assert "A payment is missing." in owner.get(f"/w/{tenant.slug}/members/").content.decode()
    assert queries.total <= 9, queries.statements
