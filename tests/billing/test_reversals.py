"""Payments that go back, by the hand of staff or of a bank: told once, to staff and in the workspace's log."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from apps.audit.models import AuditEntry
from apps.audit.selectors import to_entry
from apps.billing.emulator import Emulator
from apps.billing.history import history_of
from apps.billing.models import BillingAccount, Dispute
from apps.core import scope
from apps.jobs.upkeep import run_due_tasks
from apps.tenancy.models import Tenant
from tests.billing.webhooks import post_raw, states


@pytest.fixture
def charge(api: Any, pay: Callable[..., str]) -> str:
    """A payment of 36 euros."""
    pay()
    return str(api.charges.list({}).data[0].id)


@pytest.fixture
def bring(stripe: Emulator) -> Callable[..., None]:
    """Bring in the newest event of a kind, so many times."""

    def send(kind: str, *, is_thin: bool = False, times: int = 1) -> None:
        event = [event for event in stripe.events() if event["type"] == kind][-1]
        body, headers = stripe.webhook(event, is_thin=is_thin)
        for _ in range(times):
            assert post_raw(body, headers["Stripe-Signature"]).status_code == 200
            run_due_tasks()

    return send


def told(tenant: Tenant) -> list[str]:
    with scope.use(tenant_id=tenant.id):
        rows = AuditEntry.objects.filter(tenant_id=tenant.id, target_type="billing_account")
        sentences = [to_entry(row).sentence for row in rows.select_related("detail").order_by("id")]
    return [said for said in sentences if "36.00" in said]


@pytest.mark.parametrize("is_thin", [False, True])
def test_a_refund_is_told_once_with_what_went_back_so_far(
    api: Any, charge: str, bring: Any, tenant: Tenant, is_thin: bool
) -> None:
    for amount in (600, 3000):
        api.refunds.create({"charge": charge, "amount": amount})
        bring("charge.refunded", is_thin=is_thin, times=2)

    assert told(tenant) == [
        "Of a payment of 36.00 EUR, 6.00 EUR have gone back by now.",
        "Of a payment of 36.00 EUR, 36.00 EUR have gone back by now.",
    ]


@pytest.mark.parametrize("is_thin", [False, True])
def test_a_dispute_is_told_when_it_begins_and_when_it_ends(
    stripe: Emulator,
    api: Any,
    charge: str,
    bring: Any,
    tenant: Tenant,
    account: BillingAccount,
    is_thin: bool,
) -> None:
    dispute = stripe.dispute(charge)
    bring("charge.dispute.created", is_thin=is_thin, times=2)
    api.disputes.close(dispute["id"])
    bring("charge.dispute.closed", is_thin=is_thin)

    assert told(tenant) == [
        "The bank wants a payment of 36.00 EUR back (fraudulent).",
        "The dispute over 36.00 EUR is closed (lost).",
    ]
    assert set(states().values()) == {"done"}
    with scope.as_role("platform"):
        history = [one.text for one in history_of(account)]
    assert any(text.startswith("charge.dispute.created") for text in history)
    assert "The bank wants a payment of 36.00 EUR back (fraudulent)." in history


def test_staff_see_a_dispute_until_it_is_over_and_until_when_to_answer_it(
    stripe: Emulator, api: Any, charge: str, bring: Any, tenant: Tenant, as_tenant: Any
) -> None:
    identifier = stripe.dispute(charge)["id"]
    bring("charge.dispute.created", times=2)
    with as_tenant(tenant):
        dispute = Dispute.objects.get()
    assert (dispute.stripe_id, dispute.amount, dispute.currency) == (identifier, 3600, "eur")
    assert dispute.needs_answer
    assert dispute.answer_due_at == dispute.opened_at + timedelta(days=7)

    api.disputes.close(identifier)
    bring("charge.dispute.closed")
    with as_tenant(tenant):
        dispute.refresh_from_db()
    assert (dispute.status, dispute.is_over, dispute.needs_answer) == ("lost", True, False)


def test_those_who_run_the_site_are_mailed_once(
    stripe: Emulator, api: Any, charge: str, bring: Any, tenant: Tenant, mailoutbox: list[Any], settings: Any
) -> None:
    settings.ADMINS = [("", "ops@example.com")]
    mailoutbox.clear()
    identifier = stripe.dispute(charge)["id"]
    bring("charge.dispute.created", times=2)
    api.disputes.close(identifier)
    bring("charge.dispute.closed")

    [mail] = [mail for mail in mailoutbox if mail.to == ["ops@example.com"]]
    assert "A payment of 36.00 EUR is disputed" in mail.subject
    for text in (tenant.name, "fraudulent", "Answer at Stripe until", f"?tenant_id={tenant.id}"):
        assert text in mail.body


def test_what_stripe_can_not_say_now_is_told_later(
    stripe: Emulator, charge: str, bring: Any, tenant: Tenant
) -> None:
    stripe.dispute(charge)
    stripe.faults.extend(["", 500])  # whose it is goes well
    bring("charge.dispute.created")
    assert (told(tenant), set(states().values())) == ([], {"failed"})

    bring("charge.dispute.created")
    assert len(told(tenant)) == 1
