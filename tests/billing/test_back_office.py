"""What staff see of billing, and what they decide."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.audit.models import AuditEntry
from apps.billing.emulator import Emulator
from apps.billing.models import BillingAccount, Subscription, UsageEvent, WebhookEvent
from apps.core import clock, scope
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.billing.webhooks import make_due, states
from tests.factories import billing
from tests.factories.accounts import person

InTenant = Callable[..., AbstractContextManager[scope.Scope]]
EVENTS, USAGE = "/admin/billing/webhookevent/", "/admin/billing/usageevent/"


@pytest.fixture
def staff(db: None, signed_in: Any) -> Client:
    """The browser of a member of staff."""
    with scope.as_role("platform"):
        return signed_in(person(is_staff=True))


def page_of(account: BillingAccount, name: str = "change", *more: Any) -> str:
    query = {"tenant_id": account.tenant_id}
    return reverse(f"admin:billing_billingaccount_{name}", args=[account.id, *more], query=query)


def decisions() -> list[Any]:
    with scope.as_role("platform"):
        found = AuditEntry.objects.filter(action="backoffice.changed").select_related("detail").order_by("id")
        return [(entry.tenant_id, entry.detail.after["decision"]) for entry in found]


class TestAccount:
    def test_its_page_tells_what_happened_newest_first(
        self, staff: Client, tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(tenant):
            account = billing.everything()
        shown = staff.get(page_of(account)).content.decode()

        told = [shown.index(words) for words in ("invoice.paid", "team_month × 3 began", "36.00 EUR paid")]
        assert told[0] < told[2]
        assert all(told)

    def test_another_workspaces_is_not_mixed_in(
        self, staff: Client, tenant: Tenant, other_tenant: Tenant, as_tenant: InTenant
    ) -> None:
        with as_tenant(other_tenant):
            theirs = billing.account("cus_theirs")
            billing.subscription(theirs, stripe_id="sub_theirs")
            billing.event("cus_theirs", event_id="evt_theirs")
        with as_tenant(tenant):
            ours = billing.account()
        shown = staff.get(page_of(ours)).content.decode()

        assert "theirs" not in shown

    def test_resync_brings_in_what_stripe_has(
        self, staff: Client, stripe: Emulator, pay: Any, account: BillingAccount, as_tenant: Any, tenant: Any
    ) -> None:
        subscription = pay()
        answer = staff.post(page_of(account, "resync"), follow=True)

        assert "was brought in" in answer.content.decode()
        with as_tenant(tenant):
            assert Subscription.objects.get().stripe_id == subscription
        assert decisions() == [(tenant.id, "resync")]

    def test_resync_says_so_if_stripe_is_away(
        self, staff: Client, stripe: Emulator, account: BillingAccount
    ) -> None:
        stripe.fail_next(500)

        assert "does not answer" in staff.post(page_of(account, "resync"), follow=True).content.decode()

    def test_a_failed_event_is_replayed_from_there(
        self, staff: Client, stripe: Emulator, pay: Any, account: BillingAccount, tenant: Tenant
    ) -> None:
        pay()
        event = billing.event(str(account.stripe_customer_id), state="parked", attempts=8)
        url = page_of(account, "replay", event.id)
        assert url.partition("?")[0] in staff.get(page_of(account)).content.decode()

        staff.post(url)
        run_due_tasks()

        assert states() == {event.event_id: "done"}
        assert decisions() == [(tenant.id, "replay")]

    def test_looking_does_nothing_and_others_than_staff_find_nothing(
        self, staff: Client, tenant: Tenant, as_tenant: InTenant, member: Any, signed_in: Any
    ) -> None:
        with as_tenant(tenant):
            account = billing.account()

        assert staff.get(page_of(account, "resync")).status_code == 405
        assert signed_in(member("owner")).post(page_of(account, "resync")).status_code == 404
        assert decisions() == []


class TestDecisions:
    def decide(self, staff: Client, place: str, action: str, row: Any) -> None:
        answer = staff.post(place, {"action": action, "_selected_action": str(row.pk)}, follow=True)
        assert answer.status_code == 200

    @pytest.mark.parametrize(("action", "state"), [("replay", "received"), ("discard", "ignored")])
    def test_a_parked_event_is_decided_about_once(
        self, staff: Client, tenant: Tenant, as_tenant: InTenant, action: str, state: str
    ) -> None:
        with as_tenant(tenant):
            billing.account("cus_1")
        event = billing.event("cus_1", state="parked", attempts=8)
        for _ in range(2):
            self.decide(staff, EVENTS, action, event)

        assert states() == {event.event_id: state}
        assert decisions() == [(tenant.id, action)]

    def test_one_that_is_done_is_left_alone(self, staff: Client, db: None) -> None:
        event = billing.event("cus_1", state="done")
        self.decide(staff, EVENTS, "replay", event)

        with scope.as_role("platform"):
            assert WebhookEvent.objects.get().state == "done"
        assert decisions() == []

    @pytest.mark.parametrize(("action", "state"), [("replay", "kept"), ("discard", "discarded")])
    def test_parked_usage_is_decided_about(
        self, staff: Client, tenant: Tenant, as_tenant: InTenant, action: str, state: str
    ) -> None:
        with as_tenant(tenant), transaction.atomic():
            row = UsageEvent.objects.create(
                meter="checks",
                quantity=5,
                identifier="a",
                occurred_at=clock.now() - timedelta(days=2),
                state="parked",
            )
        self.decide(staff, USAGE, action, row)
        make_due()
        run_due_tasks()

        with as_tenant(tenant):
            assert UsageEvent.objects.get().state == state
        assert decisions() == [(tenant.id, action)]
