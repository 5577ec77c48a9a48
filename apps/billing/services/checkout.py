"""Buying a plan: on Stripe's page, and one at a time."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from apps.audit.interface import audit
from apps.billing import selectors
from apps.billing.interface import AlreadySubscribed, BillingIsOff
from apps.billing.models import BillingAccount, CheckoutAttempt
from apps.billing.offers import lines_of, offered_plan
from apps.billing.providers.base import Checkout
from apps.billing.providers.stripe import gateway
from apps.billing.services.sync import sync_account
from apps.core import permissions, scope
from apps.tenancy.interface import tenancy

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
    account = account_ensure()
    sync_account(tenant_id=account.tenant_id)
    refuse_second()
    choice: dict[str, Any] = {
        "plan": plan,
        "interval": interval,
        "quantity": selectors.seats(account.tenant_id),
    }
    # The attempt is committed before Stripe hears of its key: who dies in between comes back with the same.
    attempt_id = _attempt(account.id, choice)
    return _open(account.id, attempt_id).url


def checkout_finish() -> None:
    """Bring in at once what became of a checkout, for who comes back from it.

    :raises PermissionDenied: if the actor may not manage billing
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    if settings.STRIPE_SECRET_KEY and selectors.account():
        sync_account(tenant_id=scope.tenant_id())


def account_ensure() -> BillingAccount:
    """Return the workspace in scope as a customer, made if need be.

    :raises BillingIsOff: if no payment provider is configured
    :raises ProviderUnavailable: if Stripe does not answer
    """
    if not settings.STRIPE_SECRET_KEY:
        raise BillingIsOff
    with transaction.atomic():
        new = BillingAccount(livemode=gateway().livemode)
        BillingAccount.objects.bulk_create([new], ignore_conflicts=True)
        account = BillingAccount.objects.select_for_update().get(tenant_id=scope.tenant_id())
        if not account.stripe_customer_id:
            workspace = tenancy().get_workspace(tenant_id=account.tenant_id)
            owner = tenancy().list_members(tenant_id=account.tenant_id)[0]
            account.stripe_customer_id = gateway().ensure_customer(
                account_id=account.id, name=workspace.name, email=owner.email
            )
            account.save(update_fields=["stripe_customer_id"])
    return account


def refuse_second() -> None:
    """Raises AlreadySubscribed if the workspace in scope has a subscription, unless it was never paid."""
    current = selectors.current_subscription()
    if current and current.status != "incomplete":
        raise AlreadySubscribed


def _attempt(account_id: UUID, choice: dict[str, Any]) -> UUID:
    """Return the one open attempt; one for something else, or whose page is closed, is over."""
    with transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(id=account_id)
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


def _open(account_id: UUID, attempt_id: UUID) -> Checkout:
    with transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(id=account_id)
        attempt = CheckoutAttempt.objects.get(id=attempt_id)
        checkout = gateway().create_checkout(
            customer_id=str(account.stripe_customer_id),
            lines=lines_of(offered_plan(attempt.plan, attempt.interval), attempt.interval, attempt.quantity),
            success_url=page_url("billing:return"),
            cancel_url=page_url("billing:overview"),
            key=f"checkout-{attempt.id}",
        )
        attempt.session_id = checkout.id
        attempt.save(update_fields=["session_id"])
    return checkout


def page_url(name: str) -> str:
    """Return the whole address of a page of the workspace in scope."""
    tenant_id = scope.tenant_id()
    workspace = tenancy().get_workspace(tenant_id=tenant_id)
    return tenancy().get_base_url(tenant_id=tenant_id) + reverse(name, args=[workspace.slug])
