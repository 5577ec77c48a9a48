"""Reading what the workspace in scope pays for."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from apps.billing.access import access_of
from apps.billing.models import BillingAccount, Invoice, Subscription
from apps.core import clock, scope
from apps.entitlements.interface import PlanFacts
from apps.tenancy.interface import tenancy


def account() -> BillingAccount | None:
    """Return the workspace as a customer; None until it first wants to pay."""
    return BillingAccount.objects.filter(tenant_id=scope.tenant_id()).first()


def current_subscription() -> Subscription | None:
    """Return the subscription that decides about access."""
    return Subscription.objects.filter(tenant_id=scope.tenant_id(), is_current=True).first()


def may_try() -> bool:
    """Tell whether the workspace has not had a trial, nor a plan."""
    return not Subscription.objects.filter(tenant_id=scope.tenant_id()).exists()


def standing_of(
    account: BillingAccount | None, current: Subscription | None, *, at: datetime | None = None
) -> PlanFacts:
    """Return what a subscription lets its account do, now or at a moment."""
    return access_of(
        current,
        delinquent_since=account.delinquent_since if account else None,
        now=at or clock.now(),
        grace=timedelta(days=settings.BILLING_GRACE_DAYS),
    )


def invoices() -> QuerySet[Invoice]:
    """Return the invoices, the newest first."""
    return Invoice.objects.filter(tenant_id=scope.tenant_id()).order_by("-issued_at", "-id")


def seats(tenant_id: UUID) -> int:
    """Return how many seats are paid for: one for each member who may come in, and one at least."""
    members = tenancy().list_members(tenant_id=tenant_id)
    return max(1, sum(not member.is_suspended for member in members))
