"""Trying a plan, and changing to another one."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.audit.interface import audit
from apps.billing import selectors
from apps.billing.interface import (
    NotSubscribed,
    PaymentMissing,
    PlanEnds,
    PlanNotOffered,
    PreviewOutdated,
    TrialRunning,
    TrialUsed,
)
from apps.billing.models import BillingAccount, Subscription
from apps.billing.offers import lines_of, offered_plan
from apps.billing.providers.stripe import gateway
from apps.billing.providers.values import Line, Preview
from apps.billing.services.checkout import checkout_close
from apps.billing.services.customers import customer_ensure, refuse_second
from apps.billing.services.sync import sync_account
from apps.core import clock, permissions
from apps.entitlements.interface import Plan

LONGEST_PREVIEW = timedelta(minutes=30)


def trial_start(*, plan: str, interval: str) -> None:
    """Have the workspace in scope try a plan, without a card. A workspace does so once.

    :raises PermissionDenied: if the actor may not manage billing
    :raises BillingIsOff: if no payment provider is configured
    :raises PlanNotOffered: if the plan is not for sale, or can't be tried
    :raises AlreadySubscribed: if the workspace has a subscription
    :raises TrialUsed: if it had its trial
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    tried = offered_plan(plan, interval)
    if not tried.trial_days:
        raise PlanNotOffered
    account = customer_ensure()
    sync_account(tenant_id=account.tenant_id, because="begin of a trial")
    with transaction.atomic():
        BillingAccount.objects.select_for_update().get(id=account.id)
        refuse_second()
        if not selectors.may_try():
            raise TrialUsed
        checkout_close(tenant_id=account.tenant_id)
        gateway().start_trial(
            customer_id=str(account.stripe_customer_id),
            lines=lines_of(tried, interval, selectors.seats(account.tenant_id)),
            days=tried.trial_days,
            key=f"trial-{account.id}",
        )
        _record("billing.trial_started", account, tried)
        # Stripe is asked inside the transaction, as all news of an account come: lock, then fetch. It must be this
        # transaction, so that who waits for the lock to pay learns of the trial. If it is rolled back, the key above
        # and the sync before it find the trial again.
        sync_account(tenant_id=account.tenant_id, because="begin of a trial")


def change_preview(*, plan: str, interval: str, at: datetime) -> Preview:
    """Return the invoice that follows if the workspace in scope changes to a plan at a moment.

    :raises PermissionDenied: if the actor may not manage billing
    :raises NotSubscribed: if there is nothing to change
    :raises PaymentMissing: if the present plan is not paid
    :raises PlanEnds: if the present plan is cancelled
    :raises TrialRunning: if the present plan is being tried without a card, and the other can't be
    :raises PlanNotOffered: if the plan is not for sale, or it is the present one
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    current, wanted = _current(), offered_plan(plan, interval)
    _refuse_same(current, wanted, interval)
    return gateway().preview(
        subscription_id=current.stripe_id,
        lines=_lines(current, wanted, interval),
        at=at,
        ends_trial=_ends_trial(current, wanted),
    )


def plan_change(*, plan: str, interval: str, at: datetime, agreed: int | None = None) -> None:
    """Change to a plan, for what the preview of that moment said.

    :param agreed: what somebody agreed to, of the preview that they saw
    :raises PermissionDenied: if the actor may not manage billing
    :raises NotSubscribed: if there is nothing to change
    :raises PaymentMissing: if the present plan is not paid
    :raises PlanEnds: if the present plan is cancelled
    :raises TrialRunning: if the present plan is being tried without a card, and the other can't be
    :raises PlanNotOffered: if the plan is not for sale, or it is the present one
    :raises PreviewOutdated: if the moment is long ago, or it costs something else, as after somebody joined
    :raises CardDeclined: if the difference can't be paid; nothing is changed then
    :raises ProviderUnavailable: if Stripe does not answer
    """
    permissions.require("billing.manage")
    if not timedelta(0) <= clock.now() - at <= LONGEST_PREVIEW:
        raise PreviewOutdated
    current, wanted = _current(), offered_plan(plan, interval)
    _refuse_same(current, wanted, interval)
    change: dict[str, Any] = {
        "subscription_id": current.stripe_id,
        "lines": _lines(current, wanted, interval),
        "at": at,
        "ends_trial": _ends_trial(current, wanted),
    }
    with transaction.atomic():
        account = BillingAccount.objects.select_for_update().get(id=current.account_id)
        if agreed is not None and agreed != gateway().preview(**change).agreed:
            raise PreviewOutdated
        key = f"change-{current.stripe_id}-{plan}-{interval}-{int(at.timestamp())}"
        gateway().change_price(**change, key=key)
        _record("billing.plan_chosen", account, wanted)
    sync_account(tenant_id=account.tenant_id, because="change of plan")


def _current() -> Subscription:
    current = selectors.current_subscription()
    if current is None or current.status == "incomplete":
        raise NotSubscribed
    if current.status not in ("active", "trialing"):
        raise PaymentMissing
    if current.cancel_at:
        raise PlanEnds
    return current


def _refuse_same(current: Subscription, wanted: Plan, interval: str) -> None:
    if current.lookup_key in {line.lookup_key for line in lines_of(wanted, interval, 1)}:
        raise PlanNotOffered(_("This is your plan already."))


def _ends_trial(current: Subscription, wanted: Plan) -> bool:
    """Tell whether the other plan is paid from now on, though the present one is being tried."""
    ends = current.status == "trialing" and not wanted.trial_days
    if ends and not current.account.payment_method:
        raise TrialRunning
    return ends


def _lines(current: Subscription, wanted: Plan, interval: str) -> tuple[Line, ...]:
    return lines_of(wanted, interval, selectors.seats(current.tenant_id))


def _record(action: str, account: BillingAccount, plan: Plan) -> None:
    audit().record(
        action=action, target_type="billing_account", target_id=account.id, after={"plan": str(plan.name)}
    )
