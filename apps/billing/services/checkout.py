"""Buying a plan: on Stripe's page, and one at a time."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from apps.audit.interface import audit
from apps.billing import selectors
from apps.billing.interface import AlreadySubscribed
from apps.billing.models import BillingAccount, CheckoutAttempt
from apps.billing.offers import lines_of, offered_plan
from apps.billing.providers.stripe import gateway
from apps.billing.providers.values import Checkout
from apps.billing.services.customers import customer_ensure, page_url, refuse_second
from apps.billing.services.sync import sync_account
from apps.core import permissions, scope

State = CheckoutAttempt.State


def checkout_begin(*, plan: str, interval: str) -> str:
    """Return the address of the page where the workspace in scope pays for a plan.

    Who chose the same before comes to the same page, and a page for another choice is closed: so no two are paid,
    however many windows are open.

    :param interval: `month` or `year`
    :raises PermissionDenied: if the actor may not manage billing
    :raises BillingIsOff: if no payment provider is configured
    :raises PlanNotOffered: if the plan is not for sale
    :raises AlreadySubscribed: if the workspace has a subscription
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    offered_plan(plan, interval)
    account = customer_ensure()
    sync_account(tenant_id=account.tenant_id, because="begin of a checkout")
    choice: dict[str, Any] = {
        "plan": plan,
        "interval": interval,
        "quantity": selectors.seats(account.tenant_id),
    }
    # The attempt is committed before Stripe hears of its key: who dies in between comes back with the same.
    attempt_id = _attempt(account.id, choice)
    page = _open(account.id, attempt_id)
    return page.url if page else checkout_begin(plan=plan, interval=interval)


def checkout_finish() -> None:
    """Bring in at once what became of a checkout, for who comes back from it.

    :raises PermissionDenied: if the actor may not manage billing
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    if settings.STRIPE_SECRET_KEY and selectors.account():
        sync_account(tenant_id=scope.tenant_id(), because="return from Stripe's pages")


def checkout_close(*, tenant_id: UUID) -> None:
    """Close the page that is open, if any; the caller holds the account's lock.

    :raises AlreadySubscribed: if it was paid
    :raises ProviderUnavailable: if Stripe does not answer
    """
    former = CheckoutAttempt.objects.filter(tenant_id=tenant_id, state=State.OPEN).first()
    if former and not _stays_open(former, is_same=False):
        former.state = State.EXPIRED
        former.save(update_fields=["state"])


def _attempt(account_id: UUID, choice: dict[str, Any]) -> UUID:
    """Return the one open attempt; one for something else, or whose page is closed, is over."""
    with transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(id=account_id)
        refuse_second()
        former = CheckoutAttempt.objects.filter(tenant_id=account.tenant_id, state=State.OPEN).first()
        if former:
            if _stays_open(
                former, is_same=all(getattr(former, name) == value for name, value in choice.items())
            ):
                return former.id
            former.state = State.EXPIRED
            former.save(update_fields=["state"])
        attempt = CheckoutAttempt.objects.create(account=account, started_by=scope.user_id(), **choice)
        audit().record(
            action="billing.checkout_started",
            target_type="billing_account",
            target_id=account.id,
            after={"plan": str(offered_plan(attempt.plan, attempt.interval).name)},
        )
    return attempt.id


def _stays_open(attempt: CheckoutAttempt, *, is_same: bool) -> bool:
    if not attempt.session_id:
        return is_same
    if not is_same:
        gateway().expire_checkout(checkout_id=attempt.session_id)
    status = gateway().get_checkout(checkout_id=attempt.session_id).status
    if status == "complete":  # in another window, since we asked
        raise AlreadySubscribed
    return status == "open"


def _open(account_id: UUID, attempt_id: UUID) -> Checkout | None:
    """Return the attempt's page; None if it is closed, or another choice or a trial ended the attempt."""
    with transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(id=account_id)
        attempt = CheckoutAttempt.objects.get(id=attempt_id)
        if attempt.state != State.OPEN:
            return None
        # Not by its key once more: the addresses that the page leads back to may be others by now.
        if attempt.session_id:
            page = gateway().get_checkout(checkout_id=attempt.session_id)
            return page if page.status == "open" else None
        checkout = gateway().create_checkout(
            customer_id=str(account.stripe_customer_id),
            lines=lines_of(offered_plan(attempt.plan, attempt.interval), attempt.interval, attempt.quantity),
            success_url=page_url("billing:return") + "?from=checkout",
            cancel_url=page_url("billing:overview"),
            key=f"checkout-{attempt.id}",
        )
        attempt.session_id = checkout.id
        attempt.save(update_fields=["session_id"])
    return checkout
