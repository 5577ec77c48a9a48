"""The workspace in scope as a customer of the payment provider."""

import structlog
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from apps.billing import selectors
from apps.billing.interface import AlreadySubscribed, BillingIsOff, NotSubscribed
from apps.billing.models import BillingAccount, CheckoutAttempt
from apps.billing.providers.stripe import gateway
from apps.core import permissions, scope
from apps.tenancy.interface import tenancy

log = structlog.get_logger()


def customer_ensure() -> BillingAccount:
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
        if account.livemode != gateway().livemode or _is_lost(account):
            _forget(account)
        if not account.stripe_customer_id:
            workspace = tenancy().get_workspace(tenant_id=account.tenant_id)
            owner = tenancy().list_members(tenant_id=account.tenant_id)[0]
            account.stripe_customer_id = gateway().ensure_customer(
                account_id=account.id, name=workspace.name, email=owner.email
            )
            account.save(update_fields=["stripe_customer_id", "livemode"])
    return account


def _is_lost(account: BillingAccount) -> bool:
    """Tell whether the customer was deleted at Stripe, or never was there."""
    known = account.stripe_customer_id
    return bool(known) and not gateway().has_customer(customer_id=str(known))


def _forget(account: BillingAccount) -> None:
    """Let go of a customer that the key does not know, and of the page it was to pay on."""
    log.warning("billing.customer_forgotten", customer_id=account.stripe_customer_id)
    account.stripe_customer_id, account.livemode = None, gateway().livemode
    account.save(update_fields=["stripe_customer_id", "livemode"])
    open_ones = CheckoutAttempt.objects.filter(tenant_id=account.tenant_id, state=CheckoutAttempt.State.OPEN)
    open_ones.update(state=CheckoutAttempt.State.EXPIRED)


def refuse_second() -> None:
    """Raises AlreadySubscribed if the workspace in scope has a subscription, unless it was never paid."""
    current = selectors.current_subscription()
    if current and current.status != "incomplete":
        raise AlreadySubscribed


def portal_open() -> str:
    """Return the address of the page where the workspace changes its card, cancels or resumes, and finds invoices.

    :raises PermissionDenied: if the actor may not manage billing
    :raises NotSubscribed: if it has never bought anything
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    account = selectors.account()
    if account is None or not account.stripe_customer_id:
        raise NotSubscribed
    return gateway().create_portal(
        customer_id=account.stripe_customer_id, return_url=page_url("billing:return")
    )


def page_url(name: str) -> str:
    """Return the whole address of a page of the workspace in scope."""
    tenant_id = scope.tenant_id()
    workspace = tenancy().get_workspace(tenant_id=tenant_id)
    return tenancy().get_base_url(tenant_id=tenant_id) + reverse(name, args=[workspace.slug])
